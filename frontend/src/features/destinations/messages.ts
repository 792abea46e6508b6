/** Every text of the destination screens. */
const steps: Record<string, string> = {
  dns: "Find the host",
  tcp: "Reach the port",
  host_key: "Compare the host key",
  sign_in: "Sign in",
  folder: "Open the folder",
  write: "Write, read back and remove a file",
};

export const destinationMessages = {
  title: "Destinations",
  description: "Servers that finished files are delivered to.",
  back: "Destinations",
  copyId: "destination id",
  kindName: (kind: string) => (kind === "sftp" ? "SFTP" : kind),
  columns: { name: "Name", kind: "Kind", host: "Host", folder: "Folder", user: "User", created: "Created" },
  hostKey: "Confirmed host key",
  notConfirmed: "not confirmed: nothing is sent",
  create: "New destination",
  firstUseTitle: "No destination yet",
  firstUse: "Without one, files stay here to be downloaded. A destination brings them to a server by SFTP.",
  form: {
    title: "New destination",
    name: "Name",
    where: "Where it is",
    labels: {
      host: "Host",
      port: "Port",
      username: "User",
      folder: "Folder",
    } as Record<string, string>,
    hints: { folder: "On the server; the folder one is in after signing in, if empty." } as Record<
      string,
      string
    >,
    signIn: "How to sign in",
    method: "Sign in with",
    key: "Private key",
    password: "Password",
    keyHint: "In OpenSSH or PEM form. It is stored encrypted and never shown again.",
    passwordHint: "It is stored encrypted and never shown again.",
    passphrase: "Passphrase of the key",
    save: "Create destination",
    created: "The destination was created",
    unconfirmed: "Confirm the host key first: test the connection, compare the key, then confirm it.",
  },
  test: {
    title: "Test",
    action: "Test connection",
    again: "Test again",
    label: "Steps of the test",
    hint: "Tries each step of a delivery in turn, and says which one fails. Nothing is left on the server.",
    passed: "Files can be delivered",
    failed: "Files cannot be delivered",
    stepName: (name: string) => steps[name] ?? name,
    steps: Object.keys(steps),
  },
} as const;
