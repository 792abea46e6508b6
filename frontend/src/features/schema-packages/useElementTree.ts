/** Which elements are open, and the levels that have been loaded for them. */
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { elementsQuery, type SchemaElement } from "./api";
import { levelKey, visibleNodes, type TreeNode } from "./tree";

export function useElementTree(packageId: string, base: readonly string[] = []) {
  const [open, setOpen] = useState<ReadonlyMap<string, readonly string[]>>(new Map());
  const asked = [base, ...open.values()];
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

  const failed = answers.find((one) => one.isError);
  return {
    nodes: visibleNodes(levels, new Set(open.keys()), base),
    isLoading: (node: TreeNode) => node.isOpen && !levels.has(levelKey(node.steps)),
    isPending: answers[0]?.isPending ?? true,
    error: failed?.error ?? null,
    retry: () => void failed?.refetch(),
    setIsOpen,
  };
}
