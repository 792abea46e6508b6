/** Where the problem of a check stands in the editor, and what it says to people. */
import type { Fault } from "./api";
import type { EditorStep } from "./steps";
import { eligibilityMessages } from "./eligibilityMessages";
import { inputMessages } from "./inputMessages";
import { editorMessages } from "./messages";
import { routeMessages } from "./routeMessages";
import { ruleSetChoiceMessages } from "./ruleSetChoiceMessages";

export interface Place {
  step: EditorStep;
  /** The field, of problems with one. */
  field?: string;
  label: string;
}

const { steps, source, output, rules, faults } = editorMessages;
const OUTPUT_PARTS = [
  "outputs",
  "envelope",
  "record_key",
  "on_empty",
  "on_partial",
  "deliver_to",
  "submission",
];

export function placeOf(pointer: string): Place {
  const [part = "", name = "", detail = ""] = pointer.split("/").slice(1).map(unescapePart);
  if (part === "fields")
    return name ? { step: "fields", field: name, label: name } : { step: "fields", label: steps.fields };
  if (part === "rule_sets") return { step: "rules", label: ruleSetChoiceMessages.title };
  if (part === "rules") return { step: "rules", label: `${rules.own} ${Number(name) + 1} ${detail}`.trim() };
  if (part === "outputs" && name) return { step: "output", label: output.file(Number(name) + 1) };
  if (part === "deliver_to" && name) return { step: "output", label: routeMessages.number(Number(name) + 1) };
  if (OUTPUT_PARTS.includes(part)) return { step: "output", label: steps.output };
  if (part === "source") return { step: "source", label: name === "query" ? source.query : source.connector };
  if (part === "inputs")
    return { step: "source", label: name ? `${inputMessages.title} ${name}` : inputMessages.title };
  if (part === "join") return { step: "source", label: inputMessages.join };
  if (part === "eligibility")
    return {
      step: "eligibility",
      label: name ? eligibilityMessages.number(Number(name) + 1) : steps.eligibility,
    };
  if (part === "on_release") return { step: "eligibility", label: eligibilityMessages.onRelease };
  if (part === "filter") return { step: "source", label: source.filter };
  if (part === "pack") return { step: "source", label: source.pack };
  return { step: "review", label: faults.whole };
}

/** What is wrong, in words for people; the API's words where they are good already. */
export function faultText(fault: Fault): string {
  if (/^\/(source|inputs\/[^/]+)\/connector_id/.test(fault.pointer) && fault.code !== "connector_not_found")
    return faults.connector;
  if (/^\/(source|inputs\/[^/]+)\/query$/.test(fault.pointer) && /missing|too_short/.test(fault.code))
    return faults.query;
  if (/^\/outputs\/\d+\/xml\/schema_package_id$/.test(fault.pointer) && /uuid/.test(fault.code))
    return faults.schemaPackage;
  if (/^\/outputs\/\d+\/xml\/record$/.test(fault.pointer) && /pattern/.test(fault.code))
    return faults.xmlRecord;
  if (/^\/outputs\/\d+\/xml\/fields$/.test(fault.pointer) && fault.code === "too_short")
    return faults.xmlFields;
  if (/^\/deliver_to\/\d+\/destination_id$/.test(fault.pointer)) return routeMessages.chooseFault;
  if (fault.pointer === "/fields" && fault.code === "too_short") return faults.noFields;
  if (fault.pointer === "/outputs" && fault.code !== "value_error") return faults.noOutputs;
  const wayOut = fault.fix ?? (fault.suggestion && faults.suggestion(fault.suggestion));
  return wayOut ? `${fault.detail} ${wayOut}` : fault.detail;
}

/** How many problems each step has. */
export function countByStep(found: readonly Fault[]): Partial<Record<EditorStep, number>> {
  const counts: Partial<Record<EditorStep, number>> = {};
  for (const fault of found) {
    const { step } = placeOf(fault.pointer);
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return counts;
}

function unescapePart(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
