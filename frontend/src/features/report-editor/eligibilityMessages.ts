/** Words of the decisions about eligibility. */
import { plural } from "@openreg/ui";

export const eligibilityMessages = {
  title: "Decisions",
  hint: "Each record that the filter selects gets the first decision whose condition holds; without one it is reported. Unknown does not hold.",
  none: "Every record that the filter selects is reported.",
  label: "Decisions in their order",
  add: "Add a decision",
  number: (number: number) => `Decision ${number}`,
  when: (code: string) => `When (${code})`,
  whenHint: "A condition over the columns of the source",
  decision: "The record is",
  decisions: {
    report: "Reported",
    exclude: "Excluded",
    hold: "Held until its data arrives",
  },
  code: "Code",
  codeHint: "Capital letters, digits, hyphens",
  codeTaken: "There is such a code already.",
  codeInvalid: "Such as NO-LEI.",
  reason: "Reason, for people",
  missing: "Needed.",
  up: (code: string) => `Move ${code} up`,
  down: (code: string) => `Move ${code} down`,
  moved: (code: string, place: number, all: number) => `${code} is now decision ${place} of ${all}`,
  remove: (code: string) => `Remove ${code}`,
  removed: (code: string) => `${code} is removed`,
  count: (count: number) => plural(count, { one: "# decision", other: "# decisions" }),
  onRelease: "When held records can be reported",
  onReleaseOptions: {
    wait: {
      label: "Wait for a person",
      text: "They stand among the held records until somebody reports them.",
    },
    report: {
      label: "Report them at once",
      text: "A supplemental run starts when new reference data arrives.",
    },
  },
};
