"""The sandbox: a KNET that moves no money and registries that know nobody real, to develop, show and test against.

It is one web application, `infra.sandbox.app.create_app(population, settings=..., environment=...)`, that any ASGI
server runs: the registries at /civil /residency /insurance /manpower /traffic, KNET at /kpg/PaymentHTTP.htm and
/kpg/tranPipe.htm, Tap at /v2 (where it is given a key) with its page at /tap/pay, and its controls, for this machine
only, at /__sandbox__/. Run it with the access log off: the address of KNET's page carries the encrypted request.
It keeps its books in `settings.folder` and reads them again when it starts. Production refuses it.
"""
