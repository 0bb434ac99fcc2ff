"""Signatures: of requests (cavage, rfc9421; requests tells them apart) and of documents (proofs)."""
