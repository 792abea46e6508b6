/** What is said of a destination whose server shows another host key or certificate. */
export const stoppedMessages = {
  title: {
    host_key:
      "Stopped: the server shows another host key, and nothing is sent until somebody has compared it",
    certificate:
      "Stopped: the server shows another certificate, and nothing is sent until somebody has compared it",
  },
  titleOther: "Stopped: nothing is sent until somebody has decided",
  confirmed: "Confirmed so far",
  shown: "Shown by the server",
  none: "none",
  since: "Since",
  action: { host_key: "Confirm the new key", certificate: "Confirm the new certificate" },
  hint: {
    host_key:
      "Compare the new key with what the server's operator tells you by another way, such as the telephone. If nobody there knows of a change, somebody may be in between: leave it stopped.",
    certificate:
      "Compare the new fingerprint with what the server's operator tells you by another way, such as the telephone. If nobody there knows of a change, somebody may be in between: leave it stopped.",
  },
  dialog: {
    host_key: (name: string) => `Trust another host key of ${name}`,
    certificate: (name: string) => `Trust another certificate of ${name}`,
  },
  effect: "Deliveries go on at once, and what was set aside is sent. The reason is kept in the audit trail.",
  reason: "Reason: who confirmed it, and how it was compared",
  done: {
    host_key: "The host key was confirmed; deliveries go on",
    certificate: "The certificate was confirmed; deliveries go on",
  },
} as const;
