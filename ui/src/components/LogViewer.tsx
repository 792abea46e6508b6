/** Lines of a log: only those in sight are in the page, the end is followed until one scrolls up. */
import { Button, Group, Switch, Text, TextInput } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { uiMessages } from "../messages";
import styles from "./LogViewer.module.css";

export interface LogLine {
  /** Its number: the line's own address, `#L120`. */
  number: number;
  at: string;
  level: "debug" | "info" | "warning" | "error";
  text: string;
}

interface LogViewerProps {
  lines: LogLine[];
  label: string;
  height?: number;
  filter?: string;
  onFilter: (filter: string | undefined) => void;
  isErrorsOnly?: boolean;
  onErrorsOnly: (isOn: boolean) => void;
}

const LINE_HEIGHT = 20;
const NEAR_END = 8;

export function LogViewer({
  lines,
  label,
  height = 420,
  filter,
  onFilter,
  isErrorsOnly = false,
  onErrorsOnly,
}: LogViewerProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [isFollowing, setIsFollowing] = useState(true);
  const shown = useMemo(() => {
    const wanted = filter?.toLowerCase();
    return lines.filter(
      (line) =>
        (!isErrorsOnly || line.level === "error") && (!wanted || line.text.toLowerCase().includes(wanted)),
    );
  }, [lines, filter, isErrorsOnly]);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });

  useEffect(() => {
    if (isFollowing && shown.length > 0) virtual.scrollToIndex(shown.length - 1, { align: "end" });
  }, [isFollowing, shown.length, virtual]);

  function scrolled() {
    const box = frame.current;
    if (box) setIsFollowing(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END);
  }

  return (
    <div>
      <Group gap="sm" pb="xs">
        <TextInput
          aria-label={uiMessages.logFilter}
          placeholder={uiMessages.logFilter}
          value={filter ?? ""}
          onChange={(event) => onFilter(event.currentTarget.value || undefined)}
        />
        <Switch
          label={uiMessages.logErrorsOnly}
          checked={isErrorsOnly}
          onChange={(event) => onErrorsOnly(event.currentTarget.checked)}
        />
        <Text size="xs" c="dimmed">
          {uiMessages.logLines(shown.length)}
        </Text>
        {!isFollowing && (
          <Button variant="default" onClick={() => setIsFollowing(true)}>
            {uiMessages.logJump}
          </Button>
        )}
      </Group>
      <div
        ref={frame}
        className={styles.frame}
        style={{ height }}
        role="log"
        aria-live="off"
        aria-label={label}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- otherwise arrow keys cannot scroll it
        tabIndex={0}
        onScroll={scrolled}
      >
        {shown.length === 0 && (
          <Text c="dimmed" p="sm">
            {filter && lines.length > 0 ? uiMessages.logNoMatch(filter) : uiMessages.logEmpty}
          </Text>
        )}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const line = shown[index];
            return line && <Line key={line.number} line={line} top={start} />;
          })}
        </div>
      </div>
    </div>
  );
}

function Line({ line, top }: { line: LogLine; top: number }) {
  return (
    <div
      className={styles.line}
      data-level={line.level}
      id={`L${line.number}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <a className={styles.number} href={`#L${line.number}`}>
        {line.number}
      </a>
      <time dateTime={line.at}>{line.at.slice(11, 23)}</time>
      <span className={styles.level}>{line.level}</span>
      <span className={styles.text}>{line.text}</span>
    </div>
  );
}
