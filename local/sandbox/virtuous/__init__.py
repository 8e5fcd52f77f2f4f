"""A stateful sandbox of the Virtuous CRM+ API.

`python -m local.sandbox.virtuous --port 4703` serves it; `VirtuousSandbox` serves it from a test:

    with VirtuousSandbox() as sandbox:
        paws = sandbox.organisation("paws", put="patch")  # keyword arguments are `Options`
        paws.api.post("/v2/Gift/Transaction", json=...)   # 200, empty, and nothing exists
        paws.run_everything()                             # midnight, and a person who runs the imports
        paws.api.get("/Gift/RaiseDonors/D-1")

Everything the vendor's documents leave open is an option; what its staff does is a method of the handle.
"""

from local.sandbox.virtuous.sandbox import VirtuousControl, VirtuousOrganisation, VirtuousSandbox

__all__ = ["VirtuousControl", "VirtuousOrganisation", "VirtuousSandbox"]
