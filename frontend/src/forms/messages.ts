/** Texts of forms that are made from a declared description. */
const options: Record<string, string> = {
  disable: "No TLS",
  require: "TLS, certificate not checked",
  verify_ca: "TLS, certificate of a known authority",
  verify_full: "TLS, certificate and host name checked",
};

export const formMessages = {
  default: (value: string) => `Default: ${value}`,
  option: (value: string) => options[value] ?? value,
  required: "A value is needed",
  more: "More settings",
  stored: "•••• stored",
  replace: "Replace",
} as const;
