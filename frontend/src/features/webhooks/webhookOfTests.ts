/** A webhook as the server shows it. */
import type { Webhook } from "./api";

export const webhookOfTests: Webhook = {
  id: "00000000-0000-7000-8000-0000000000e1",
  url: "https://partner.example/events",
  description: "",
  event_types: ["run.*"],
  report_ids: [],
  regimes: [],
  allowed_addresses: [],
  timeout_seconds: 15,
  retry_waits: [],
  max_concurrent: 20,
  max_per_minute: null,
  is_ordered: false,
  health: {
    breaker: "closed",
    opened_at: null,
    probe_at: null,
    failing_since: null,
    consecutive_failures: 0,
  },
  access: { header_names: [], authentication: null, ca_certificates: [], client_certificate: null },
  public_key: null,
  former_secrets_until: null,
  is_active: true,
  disabled_reason: null,
  created_at: "2026-11-20T18:00:00Z",
};
