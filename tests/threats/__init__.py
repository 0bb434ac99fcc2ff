"""Every threat of the reference as a black box: a running server, an evil peer, and what must not happen.

One test a threat, named by its number. The server under test is `s.test`; the peer plays any number of hosts
under `.test`, and the server reaches nothing else of this machine (`server.development_hosts`), so that an
address it should not dial is not dialled because it was refused.
"""
