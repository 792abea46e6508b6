/** Every text of the schema packages. */
export const schemaPackageMessages = {
  title: "Schemas",
  description:
    "XML schemas of regulators: files are checked against them, and reports can write XML by them.",
  install: "Install schemas",
  firstUseTitle: "No schemas are installed",
  firstUse: "Install the zip of XSD files that the regulator publishes, or a single XSD file.",
  columns: {
    name: "Name",
    namespaces: "Namespaces",
    files: "Files",
    hash: "SHA-256",
    by: "Installed by",
    at: "Installed",
    file: "File",
    namespace: "Namespace",
  },
  more: (count: number) => `and ${count} more`,
  noNamespace: "no namespace",
  copyHash: "SHA-256",
  copyId: "Id of the package",
  installing: {
    title: "Install schemas",
    explain: "A zip with the XSD files of a message, or one XSD file. The same bytes are kept once.",
    file: "File",
    choose: "Choose a .zip or .xsd file",
    progress: "Sent",
    checking: "The schemas are read and checked.",
    stop: "Stop",
    done: (name: string) => `${name} is installed.`,
    already: (name: string) => `These schemas are installed already, as ${name}.`,
  },
  tabs: { label: "Parts of the package", elements: "Elements", check: "Check a document", files: "Files" },
  usedBy: "Used by",
  nobody: "No report in use",
  tree: {
    label: "Elements of the schemas",
    search: "Search in the opened levels",
    nothing: "No opened element has this in its name.",
    empty: "The schemas define no element that a document could begin with.",
    loading: "Loading",
    choose: "Choose an element to see what it may hold.",
    choice: (names: string) => `one of ${names}`,
    choiceMark: "choice",
    attribute: "attribute",
    required: "required",
    optional: "optional",
  },
  facts: {
    label: "The chosen element",
    path: "Path",
    copyPath: "Path",
    occurs: "Occurs",
    type: "Type",
    namespace: "Namespace",
    choice: "Choice",
    documentation: "Documentation",
    facets: "Limits",
    codes: "Codes",
    attributes: "Attributes",
    moreCodes: "The first 500 codes are shown.",
    times: (minimum: number, maximum: number | null) => {
      if (maximum === null) return minimum === 0 ? "any number of times" : `at least ${timesOf(minimum)}`;
      if (minimum === maximum) return timesOf(minimum);
      return minimum === 0 && maximum === 1 ? "once or not at all" : `${minimum} to ${maximum} times`;
    },
  },
  check: {
    explain: "Choose an XML document of up to 20 MB. It is checked against these schemas and not kept.",
    file: "XML document",
    choose: "Choose an .xml file",
    running: "The document is being checked.",
    valid: (name: string) => `${name} follows the schemas.`,
    faults: (count: number) =>
      count === 1 ? "The document has 1 fault." : `The document has ${count} faults.`,
    first: (count: number) => `The first ${count} are listed.`,
    table: "Faults of the document",
    place: "Line:column",
    message: "What is wrong",
    excerpt: "In the document",
  },
} as const;

function timesOf(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
