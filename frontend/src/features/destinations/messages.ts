/** Every text of the destination screens. */
import { plural } from "@openreg/ui";
import type { DestinationEnvironment } from "./api";
import { stoppedMessages } from "./stoppedMessages";

const kinds: Record<string, string> = {
  sftp: "SFTP",
  ftp: "FTP and FTPS",
  s3: "S3 bucket",
  email: "E-mail",
  folder: "Folder of this machine",
};

const steps: Record<string, string> = {
  dns: "Find the host",
  tcp: "Reach the port",
  host_key: "Compare the host key",
  encryption: "Encrypt the connection",
  sign_in: "Sign in",
  folder: "Open the folder",
  bucket: "Open the bucket",
  recipients: "Name the recipients",
  write: "Write, read back and remove a file",
};

const environments: Record<DestinationEnvironment, string> = { test: "Test", production: "Production" };

const settings: Record<string, string> = {
  host: "Host",
  port: "Port",
  username: "User",
  folder: "Folder",
  security: "Encryption",
  ca_certificate: "Certificate authority",
  certificate_fingerprint: "Confirmed certificate",
  secure: "TLS",
  region: "Region",
  bucket: "Bucket",
  prefix: "Folder in the bucket",
  sender: "Sender",
  recipients: "Recipients",
  subject: "Subject",
  max_attachment_bytes: "Largest attachment, in bytes",
  link: "Link in place of a larger file",
  connect_timeout_seconds: "Seconds to connect",
  operation_timeout_seconds: "Seconds without an answer",
};

const hints: Record<string, string> = {
  host: "Name or address, without path and port.",
  folder: "On the server; the folder one is in after signing in, if empty.",
  ca_certificate: "In PEM form, where no public authority signed the server's certificate.",
  certificate_fingerprint:
    "SHA-256, as openssl x509 -fingerprint -sha256 prints it. The server's certificate then has to be this one.",
  secure: "Switch it off only inside your own network.",
  bucket: "It must exist.",
  prefix: "What keys begin with, such as reports/mifir.",
  recipients: "All of them get the file, or none does. Press Enter after each.",
  subject: "{name} becomes the name of the file.",
  max_attachment_bytes: "A larger file is not attached. Mails grow by a third on the way.",
  link: "Where recipients fetch a larger file; {delivery_id} and {name} are replaced. Without it a larger file is refused.",
  connect_timeout_seconds: "How long connecting may take before it is given up.",
  operation_timeout_seconds: "How long the server may be silent once connected.",
};

const portHints: Record<string, string> = {
  sftp: "22, if empty.",
  ftp: "21, or 990 for TLS from the first byte, if empty.",
  s3: "443, or 80 without TLS, if empty.",
  email: "587, 465 or 25, as the encryption has it, if empty.",
};

const secrets: Record<string, string> = {
  password: "Password",
  private_key: "Private key",
  passphrase: "Passphrase of the key",
  access_key: "Access key",
  secret_key: "Secret key",
};

export const destinationMessages = {
  title: "Destinations",
  description: "Where finished files are delivered to.",
  back: "Destinations",
  copyId: "destination id",
  answersInCsv: "Answers in CSV",
  kindName: (kind: string) => kinds[kind] ?? kind,
  environmentName: (environment: DestinationEnvironment) => environments[environment],
  columns: {
    name: "Name",
    kind: "Kind",
    address: "Address",
    environment: "Environment",
    state: "State",
    last: "Last delivery",
    waiting: "Waiting",
  },
  states: {
    archived: "Archived",
    stopped: "Stopped",
    paused: "Paused",
    unconfirmed: "Host key not confirmed",
    in_service: "In service",
  },
  never: "never",
  countedUpTo: 1000,
  create: "New destination",
  firstUseTitle: "No destination yet",
  firstUse:
    "Without one, files stay here to be downloaded. A destination brings them to a server by SFTP or FTP, to an S3 bucket, to a mailbox or into a folder.",
  toDeliveries: "See deliveries",
  tabs: {
    label: "Parts of the destination",
    overview: "Overview",
    deliveries: "Deliveries",
    settings: "Settings",
  },
  stopped: stoppedMessages,
  paused: {
    title: "Paused: nothing is sent, and what is due waits",
    by: "Reason:",
  },
  archivedTitle: "Archived: nothing is sent to it any more",
  actions: {
    pause: "Pause",
    pauseTitle: (name: string) => `Pause ${name}`,
    pauseText:
      "Nothing more is sent to it until somebody resumes it; what is due waits. A file on its way arrives.",
    paused: "The destination is paused",
    resume: "Resume",
    resumeTitle: (name: string) => `Resume ${name}`,
    resumeText: "Files go to it again, those that wait at once.",
    resumed: "The destination goes on",
    remove: "Delete",
    removeTitle: (name: string) => `Delete ${name}`,
    removeText:
      "No report may deliver to it, and nothing may wait for it. What was delivered stays in the list of deliveries.",
    removed: "The destination is deleted",
    reason: "Reason",
  },
  facts: {
    hostKey: "Confirmed host key",
    notConfirmed: "not confirmed: nothing is sent",
    given: "given",
    yes: "Yes",
    no: "No",
    signIn: "Signs in with",
    last: "Last delivery",
    waiting: "Waiting",
    week: "In 7 days",
    weekOf: (delivered: number, failed: number) =>
      failed === 0 ? `${delivered} delivered` : `${delivered} delivered, ${failed} failed`,
    created: "Created",
    changed: "Changed",
  },
  overview: { settings: "Where it is", policy: "How files are sent", edit: "Change settings" },
  answers: {
    title: "Answers",
    none: "No folder of answers is looked into.",
    folder: "Folder",
    next: "Looked into next",
    atOnce: "at once",
    notWhile: "not while it is paused or stopped",
    failing: "The folder of answers could not be read; it is tried again",
    failedTimes: (times: number) =>
      plural(times, { one: "Failed once in a row", other: "Failed # times in a row" }),
    toFeedback: "See feedback",
  },
  deliveries: { none: "Nothing was delivered to it yet.", all: "All of them, with filters" },
  form: {
    title: "New destination",
    name: "Name",
    kind: "Kind",
    environment: "For",
    environmentHints: {
      production: "The real system of the recipient. Demo data and runs of a sandbox are refused.",
      test: "A test system of the recipient. Receipts say so.",
    } satisfies Record<DestinationEnvironment, string>,
    where: "Where it is",
    settings,
    hint: (kind: string, name: string) => {
      if (name === "port") return portHints[kind];
      if (kind === "folder" && name === "folder")
        return "Whole path as the worker sees it, inside a folder that the operator opened for deliveries.";
      if (kind === "email" && name === "username") return "Empty: nobody signs in.";
      return hints[name];
    },
    readableOnTheWay: "Everybody on the way can read the password and the files",
    passiveOnly: "Data connections are passive, and only to the server's own address.",
    signIn: "How to sign in",
    noSignIn: "A folder of this machine asks nobody to sign in.",
    method: "Sign in with",
    methods: { private_key: "Private key", password: "Password", both: "Key and password" },
    secrets,
    keyHint: "In OpenSSH or PEM form. It is stored encrypted and never shown again.",
    secretHint: "It is stored encrypted and never shown again.",
    storedSignIn: "What signs in is stored, and is kept.",
    replace: "Replace",
    keep: "Keep the stored one",
    givenAgain: "What is stored is not sent to another address: give it again.",
    answers: "Where the recipient answers",
    responseFolder: "Folder of answers",
    responseFolderHint:
      "It is looked into again and again for files of feedback. Empty: answers are not looked for.",
    save: "Create destination",
    created: "The destination was created",
    saveChanges: "Save changes",
    saved: "The destination was changed",
    unconfirmed: "Confirm the host key first: test the connection, compare the key, then confirm it.",
    pinReason: "Why another key or certificate is trusted",
    pinReasonHint: "Who confirmed it, and how it was compared. It is kept in the audit trail.",
    testAfterSaving: "To test with what is stored, save and use the test of the overview.",
    conflictTitle: "Somebody else has changed it meanwhile",
    conflictText: "Take their version and lose what is typed here, or write yours over theirs.",
    takeTheirs: "Take theirs",
    keepMine: "Write mine",
  },
  policy: {
    title: "How files are sent",
    usual: "The usual values suit most recipients.",
    retries: "When it fails for a passing reason",
    pace: "How much at once",
    along: "What goes along with each file",
    attempts: "Attempts in all",
    first_delay_seconds: "First wait, in seconds",
    longest_delay_seconds: "Longest wait, in seconds",
    jitter_percent: "Spread of waits, in percent",
    jitterHint: "Each wait is longer by a random part up to this, so that not all files come at once.",
    deadline_minutes: "Given up after, in minutes",
    max_transfers: "Files at the same time",
    kilobytes_per_second: "Most kilobytes per second",
    files_per_minute: "Most files per minute",
    noLimit: "no limit",
    overAll: "Counted over all workers together.",
    checksum: "Checksum file",
    checksumHint: "NAME.sha256 follows each file, in the form of sha256sum.",
    control: "Control file",
    controlHint: "A small file follows each file and says that it is whole.",
    controlName: "Name of the control file",
    controlNameHint: "Known: {name}, {stem} (name without its ending), {reporting_date}.",
    controlContent: "What it says",
    controlContentHint: "Known: {name}, {stem}, {size_bytes}, {records}, {sha256}, {reporting_date}.",
    summary: (waits: readonly number[], minutes: number | null) => summaryOf(waits, minutes),
    speed: (kilobytes: number) => `${kilobytes} kB per second`,
    perMinute: (files: number) => plural(files, { one: "# file per minute", other: "# files per minute" }),
    atOnce: (files: number) => plural(files, { one: "# file at a time", other: "# files at the same time" }),
    retried: "When it fails",
    paced: "Pace",
    companions: "Along with each file",
    nothing: "nothing",
  },
  test: {
    title: "Test",
    action: "Test connection",
    again: "Test again",
    label: "Steps of the test",
    hint: "Tries each step of a delivery in turn, and says which one fails. Nothing is left behind.",
    mailHint: "Goes as far as naming the recipients, and sends no mail.",
    passed: "Files can be delivered",
    failed: "Files cannot be delivered",
    stepName: (name: string) => steps[name] ?? name,
  },
} as const;

const MOST_WAITS = 4;

function summaryOf(waits: readonly number[], minutes: number | null): string {
  const end =
    minutes === null ? "" : ` Given up ${spanOf(minutes * 60)} after the first attempt at the latest.`;
  if (waits.length === 0) return `Tried once.${end}`;
  const first = waits.slice(0, MOST_WAITS).map(spanOf).join(", ");
  const rest = waits.length > MOST_WAITS ? `, … ${spanOf(waits.at(-1) ?? 0)}` : "";
  return `Tried again after ${first}${rest}.${end}`;
}

/** Whole seconds as a person says them, without parts that are nought. */
function spanOf(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [seconds % 60, "s"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
