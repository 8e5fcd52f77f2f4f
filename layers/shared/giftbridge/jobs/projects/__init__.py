"""Projects of a platform, kept up in a CRM where that is switched on."""
