"""What RaiseDonors' webhook says happened: as the Platform API has it."""

from giftbridge.connectors.platform_api.webhook import notices

__all__ = ["notices"]
