/** Words of the choice of rule sets. */
import { plural } from "@openreg/ui";

export const ruleSetChoiceMessages = {
  title: "Rule sets",
  hint: "Rules that reports share. Each run is judged by the version that is active when it is requested, in this order.",
  none: "This report is judged by no rule set.",
  list: "Rule sets in their order",
  add: "Add a rule set",
  choose: "Choose a rule set",
  nothingLeft: "There is no other active rule set for this report.",
  mayNot: "You may not see rule sets.",
  active: (number: number, rules: number) =>
    `Version ${String(number)}, ${plural(rules, { one: "# rule", other: "# rules" })}`,
  inactive: "No active version",
  inactiveFix: "Runs are refused until a version is active. Activate one, or take the rule set out.",
  unknown: "There is no such rule set",
  unknownFix: "Runs are refused. Take it out, or make a rule set of this name.",
  up: (name: string) => `Move ${name} up`,
  down: (name: string) => `Move ${name} down`,
  remove: (name: string) => `Take ${name} out`,
  removed: (name: string) => `${name} is taken out`,
  show: (name: string) => `Show the rules of ${name}`,
  hide: (name: string) => `Hide the rules of ${name}`,
  rules: (name: string) => `Rules of ${name}`,
} as const;
