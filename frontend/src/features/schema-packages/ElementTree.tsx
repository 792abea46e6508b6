/**
 * The elements of a package as a tree that loads level by level.
 *
 * Keys are those of the WAI-ARIA tree: arrows move, open and close, Home and End go to the ends, letters go to a name,
 * Enter and Space choose.
 */
import { Loader, Text, TextInput } from "@mantine/core";
import { ErrorState } from "@openreg/ui";
import { IconChevronDown, IconChevronRight, IconSearch } from "@tabler/icons-react";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { schemaPackageMessages } from "./messages";
import { cardinality, limitsOf, matching, type TreeNode } from "./tree";
import styles from "./schemaPackages.module.css";
import type { ElementTreeState } from "./useElementTree";

const text = schemaPackageMessages.tree;

interface ElementTreeProps {
  tree: ElementTreeState;
  chosen: string | null;
  onChoose: (node: TreeNode) => void;
  /** Stands at the end of a row. */
  mark?: (node: TreeNode) => ReactNode;
}

export function ElementTree({ tree, chosen, onChoose, mark }: ElementTreeProps) {
  const [search, setSearch] = useState("");
  const [current, setCurrent] = useState<string | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const shown = matching(tree.nodes, search);
  const focused = shown.find((node) => node.path === current) ?? shown[0];

  function moveTo(node: TreeNode | undefined) {
    if (!node) return;
    setCurrent(node.path);
    frame.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(node.path)}"]`)?.focus();
  }

  function press(event: KeyboardEvent, node: TreeNode) {
    const act = actionOf(event, node, shown, { moveTo, choose: onChoose, setIsOpen: tree.setIsOpen });
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  return (
    <div className={styles.treeFrame}>
      <TextInput
        aria-label={text.search}
        placeholder={text.search}
        leftSection={<IconSearch size={14} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {tree.isPending && !tree.error && <Loader size="sm" />}
      {!tree.isPending && tree.nodes.length === 0 && !tree.error && <Text c="dimmed">{text.empty}</Text>}
      {tree.nodes.length > 0 && shown.length === 0 && <Text c="dimmed">{text.nothing}</Text>}
      {shown.length > 0 && (
        <div ref={frame} role="tree" aria-label={text.label} className={styles.tree}>
          {shown.map((node) => (
            <Row
              key={node.path}
              node={node}
              isChosen={node.path === chosen}
              isFocused={node === focused}
              isLoading={tree.isLoading(node)}
              mark={mark?.(node)}
              onPress={(event) => press(event, node)}
              onChoose={() => {
                setCurrent(node.path);
                onChoose(node);
              }}
              onToggle={() => {
                setCurrent(node.path);
                tree.setIsOpen(node, !node.isOpen);
              }}
            />
          ))}
        </div>
      )}
      {tree.error && <ErrorState error={tree.error} onRetry={tree.retry} />}
    </div>
  );
}

interface Acts {
  moveTo: (node: TreeNode | undefined) => void;
  choose: (node: TreeNode) => void;
  setIsOpen: (node: TreeNode, isOpen: boolean) => void;
}

/** What a key means on a node; null for keys that are not the tree's. */
function actionOf(
  event: KeyboardEvent,
  node: TreeNode,
  shown: readonly TreeNode[],
  { moveTo, choose, setIsOpen }: Acts,
): (() => void) | null {
  const index = shown.indexOf(node);
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.key) {
    case "ArrowDown":
      return () => moveTo(shown[index + 1]);
    case "ArrowUp":
      return () => moveTo(shown[index - 1]);
    case "Home":
      return () => moveTo(shown[0]);
    case "End":
      return () => moveTo(shown.at(-1));
    case "ArrowRight":
      if (node.isOpen)
        return () => moveTo(shown[index + 1]?.parent === node.path ? shown[index + 1] : undefined);
      return () => node.isExpandable && setIsOpen(node, true);
    case "ArrowLeft":
      if (node.isOpen) return () => setIsOpen(node, false);
      return () => moveTo(shown.find((one) => one.path === node.parent));
    case "Enter":
    case " ":
      return () => choose(node);
  }
  if (event.key.length !== 1) return null;
  const letter = event.key.toLowerCase();
  const turned = [...shown.slice(index + 1), ...shown.slice(0, index + 1)];
  return () => moveTo(turned.find((one) => one.name.replace("@", "").toLowerCase().startsWith(letter)));
}

interface RowProps {
  node: TreeNode;
  isChosen: boolean;
  isFocused: boolean;
  isLoading: boolean;
  mark: ReactNode;
  onPress: (event: KeyboardEvent) => void;
  onChoose: () => void;
  onToggle: () => void;
}

function Row({ node, isChosen, isFocused, isLoading, mark, onPress, onChoose, onToggle }: RowProps) {
  const Arrow = node.isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div
      role="treeitem"
      aria-level={node.level}
      aria-setsize={node.siblings}
      aria-posinset={node.position}
      aria-selected={isChosen}
      aria-expanded={node.isExpandable ? node.isOpen : undefined}
      aria-busy={isLoading || undefined}
      tabIndex={isFocused ? 0 : -1}
      data-path={node.path}
      className={styles.row}
      style={{ paddingInlineStart: 4 + 18 * Math.min(node.level - 1, DEEPEST_INDENT) }}
      onKeyDown={onPress}
      onClick={onChoose}
    >
      {node.isExpandable ? (
        // The keys open and close; a pointer has the arrow.
        <span
          aria-hidden
          className={styles.arrow}
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          {isLoading ? <Loader size={12} /> : <Arrow size={14} />}
        </span>
      ) : (
        <span className={styles.arrow} aria-hidden />
      )}
      <span className={styles.name} data-required={limitsOf(node).minimum > 0}>
        {node.name}
      </span>
      <span className={styles.cardinality}>{cardinality(node)}</span>
      <span className={styles.type}>{typeName(node)}</span>
      {node.alternatives.length > 1 && (
        <span className={styles.choice} title={text.choice(node.alternatives.join(", "))}>
          {text.choiceMark}
        </span>
      )}
      {mark}
    </div>
  );
}

const DEEPEST_INDENT = 12;

function typeName({ element, attribute }: TreeNode): string {
  const type = element?.type ?? attribute?.type;
  return type?.name ?? type?.primitive ?? "";
}
