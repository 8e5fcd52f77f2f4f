"""The portal: pages for an organisation's staff and for operators, rendered here, of use without a script too."""
