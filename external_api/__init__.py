"""OpenReg external API: read-only regulatory content for customers and other installations."""
