/** Which elements are open, and the levels that have been loaded for them. */
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { elementsQuery, type SchemaElement } from "./api";
import { levelKey, visibleNodes, type TreeNode } from "./tree";

const ROOT: readonly string[] = [];

export type ElementTreeState = ReturnType<typeof useElementTree>;

export function useElementTree(packageId: string) {
  const queries = useQueryClient();
  const [open, setOpen] = useState<ReadonlyMap<string, readonly string[]>>(new Map());
  const asked = [ROOT, ...open.values()];
  const answers = useQueries({ queries: asked.map((steps) => elementsQuery(packageId, steps)) });
  const levels = new Map<string, readonly SchemaElement[]>();
  asked.forEach((steps, index) => {
    const items = answers[index]?.data?.items;
    if (items) levels.set(levelKey(steps), items);
  });

  function setIsOpen(node: TreeNode, isOpen: boolean) {
    const next = new Map(open);
    if (isOpen) next.set(node.path, node.steps);
    else next.delete(node.path);
    setOpen(next);
  }

  /** Open whatever is above a path; null when the schemas have no such path. */
  async function reveal(path: string): Promise<TreeNode | null> {
    const found = new Map<string, readonly SchemaElement[]>();
    const opened = new Map(open);
    let steps = ROOT;
    let above = "";
    for (const name of path.split("/").filter((one) => !one.startsWith("@"))) {
      const { items } = await queries.fetchQuery(elementsQuery(packageId, steps));
      found.set(levelKey(steps), items);
      const element = items.find((one) => one.name === name);
      if (!element) return null;
      above = above ? `${above}/${name}` : name;
      steps = [...steps, element.step];
      if (above !== path) opened.set(above, steps);
    }
    setOpen(opened);
    return visibleNodes(found, new Set(opened.keys())).find((node) => node.path === path) ?? null;
  }

  const failed = answers.find((one) => one.isError);
  return {
    nodes: visibleNodes(levels, new Set(open.keys())),
    isLoading: (node: TreeNode) => node.isOpen && !levels.has(levelKey(node.steps)),
    isPending: answers[0]?.isPending ?? true,
    error: failed?.error ?? null,
    retry: () => void failed?.refetch(),
    setIsOpen,
    reveal,
  };
}
