/** The levels of a schema that are loaded, as the rows of a tree; the tree itself may be endless and is never built. */
import type { SchemaAttribute, SchemaElement } from "./api";

export interface TreeNode {
  /** Local names from the root, joined by `/`; an attribute is `@Name`. */
  path: string;
  /** How the API is asked for what is below; of an attribute, how it is asked for its element's children. */
  steps: readonly string[];
  parent: string | null;
  level: number;
  name: string;
  element: SchemaElement | null;
  attribute: SchemaAttribute | null;
  /** The names among which one is chosen, where the element is part of a choice. */
  alternatives: readonly string[];
  /** Which steps of the path, counted from 0, may stand more than once. */
  repeating: readonly number[];
  isExpandable: boolean;
  isOpen: boolean;
  position: number;
  siblings: number;
}

export type Levels = ReadonlyMap<string, readonly SchemaElement[]>;

export const levelKey = (steps: readonly string[]) => JSON.stringify(steps);

/** The rows in sight, from the top. A level that is not loaded yet has none. */
export function visibleNodes(levels: Levels, opened: ReadonlySet<string>): TreeNode[] {
  const nodes: TreeNode[] = [];

  function add(steps: readonly string[], parent: TreeNode | null) {
    const elements = levels.get(levelKey(steps)) ?? [];
    const attributes = parent?.element?.attributes ?? [];
    const siblings = attributes.length + elements.length;
    const shared = { parent: parent?.path ?? null, level: (parent?.level ?? 0) + 1, siblings };
    const above = parent?.repeating ?? [];
    const prefix = parent ? `${parent.path}/` : "";
    attributes.forEach((attribute, index) =>
      nodes.push({
        ...shared,
        path: `${prefix}@${attribute.name}`,
        steps,
        name: `@${attribute.name}`,
        element: null,
        attribute,
        alternatives: [],
        repeating: above,
        isExpandable: false,
        isOpen: false,
        position: index + 1,
      }),
    );
    elements.forEach((element, index) => {
      const path = prefix + element.name;
      const isExpandable = element.has_children || element.attributes.length > 0;
      const node: TreeNode = {
        ...shared,
        path,
        steps: [...steps, element.step],
        name: element.name,
        element,
        attribute: null,
        alternatives: alternativesOf(element, elements),
        repeating: element.maximum === 1 ? above : [...above, shared.level - 1],
        isExpandable,
        isOpen: isExpandable && opened.has(path),
        position: attributes.length + index + 1,
      };
      nodes.push(node);
      if (node.isOpen) add(node.steps, node);
    });
  }

  add([], null);
  return nodes;
}

function alternativesOf(element: SchemaElement, level: readonly SchemaElement[]): string[] {
  if (element.choice === null) return [];
  return level.filter((one) => one.choice === element.choice).map((one) => one.name);
}

/** The nodes whose name holds the text, and those above them. */
export function matching(nodes: readonly TreeNode[], text: string): TreeNode[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [...nodes];
  const parents = new Map(nodes.map((node) => [node.path, node.parent]));
  const kept = new Set<string>();
  for (const node of nodes) {
    if (!node.name.toLowerCase().includes(wanted)) continue;
    for (let path: string | null = node.path; path !== null; path = parents.get(path) ?? null) kept.add(path);
  }
  return nodes.filter((node) => kept.has(node.path));
}

/** `1`, `0..1`, `1..n` */
export function cardinality(node: Pick<TreeNode, "element" | "attribute">): string {
  const { minimum, maximum } = limitsOf(node);
  if (maximum === null) return `${minimum}..n`;
  return minimum === maximum ? String(minimum) : `${minimum}..${maximum}`;
}

export function limitsOf({ element, attribute }: Pick<TreeNode, "element" | "attribute">) {
  if (element) return { minimum: element.minimum, maximum: element.maximum };
  return { minimum: attribute?.required ? 1 : 0, maximum: 1 };
}

export interface Excerpt {
  before: string;
  /** Where the fault is. */
  at: string;
  after: string;
}

const AROUND = 60;

/** The line of a document around a column, both counted from 1. */
export function excerptAt(lines: readonly string[], line: number, column: number): Excerpt {
  const text = lines[line - 1] ?? "";
  const place = Math.min(Math.max(column - 1, 0), Math.max(text.length - 1, 0));
  const start = Math.max(place - AROUND, 0);
  const end = place + AROUND;
  return {
    before: (start > 0 ? "…" : "") + text.slice(start, place),
    at: text.slice(place, place + 1),
    after: text.slice(place + 1, end) + (end < text.length ? "…" : ""),
  };
}
