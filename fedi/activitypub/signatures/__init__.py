"""HTTP signatures, one module a scheme: cavage is draft-cavage-http-signatures-12."""
