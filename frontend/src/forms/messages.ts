/** Texts of forms that are made from a declared description. */
const options: Record<string, string> = {
  disable: "No TLS",
  require: "TLS, certificate not checked",
  verify_ca: "TLS, certificate of a known authority",
  verify_full: "TLS, certificate and host name checked",
  service_name: "Service name",
  sid: "SID",
  tns_alias: "Alias of tnsnames.ora",
  timestamp: "A time",
  day: "A day",
  explicit: "TLS after the greeting (explicit)",
  implicit: "TLS from the first byte (implicit)",
  starttls: "TLS after the greeting (STARTTLS)",
  tls: "TLS from the first byte",
  none: "None: it can be read on the way",
};

export const formMessages = {
  default: (value: string) => `Default: ${value}`,
  option: (value: string) => options[value] ?? value,
  required: "A value is needed",
  more: "More settings",
  stored: "•••• stored",
  replace: "Replace",
  hostKey: {
    title: {
      host_key: "The server shows this host key",
      certificate: "The server shows this certificate, which is not the confirmed one",
    },
    text: "Compare it with what the server's operator told you by another way, such as the telephone. If they differ, somebody may be in between.",
    confirm: "They are the same",
    confirmed: "Host key confirmed",
    forget: "Forget it",
    key: { host_key: "the host key", certificate: "the fingerprint" },
  },
} as const;
