"""A platform that serves the Platform API (docs/platform-api.yaml) as Handbid's backend would."""

from local.sandbox.handbid.sandbox import HandbidControl, HandbidSandbox, OrganisationControl

__all__ = ["HandbidControl", "HandbidSandbox", "OrganisationControl"]
