/** Lines of a log: only those in sight are in the page, the end is followed until one scrolls up. */
import { Button, Group, Select, Switch, Text, TextInput } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { uiMessages } from "../messages";
import { filterLines, LOG_LEVELS, type LogFilter, type LogLine } from "./logLines";
import styles from "./LogViewer.module.css";

interface LogViewerProps {
  lines: LogLine[];
  label: string;
  height?: number;
  filter: LogFilter;
  onFilter: (filter: LogFilter) => void;
  /** The line that the address names: it is shown and marked. */
  marked?: number | null;
  /** Whether more lines come, so that the end is worth following. */
  isLive?: boolean;
  actions?: ReactNode;
}

/** A line number is a target for a finger: WCAG 2.5.8 asks for 24 pixels. */
const LINE_HEIGHT = 24;
const NEAR_END = 8;

export function LogViewer(props: LogViewerProps) {
  const { lines, label, height = 420, filter, onFilter, marked = null, isLive = false, actions } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [isFollowing, setIsFollowing] = useState(isLive && marked === null);
  const shown = useMemo(() => filterLines(lines, filter), [lines, filter]);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  const markedIndex = marked === null ? -1 : shown.findIndex((line) => line.number === marked);

  useEffect(() => {
    if (isFollowing && shown.length > 0) virtual.scrollToIndex(shown.length - 1, { align: "end" });
  }, [isFollowing, shown.length, virtual]);

  useEffect(() => {
    if (markedIndex >= 0) virtual.scrollToIndex(markedIndex, { align: "center" });
  }, [markedIndex, virtual]);

  function scrolled() {
    const box = frame.current;
    if (box) setIsFollowing(isLive && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END);
  }

  return (
    <div>
      <Group gap="sm" pb="sm">
        <LogFilters filter={filter} onFilter={onFilter} />
        <Text size="xs" c="dimmed" role="status">
          {uiMessages.logLines(shown.length)}
        </Text>
        {isLive && !isFollowing && (
          <Button variant="default" onClick={() => setIsFollowing(true)}>
            {uiMessages.logJump}
          </Button>
        )}
        {actions}
      </Group>
      <div
        ref={frame}
        className={styles.frame}
        style={{ height: Math.min(height, Math.max(shown.length, 4) * LINE_HEIGHT + 18) }}
        role="log"
        aria-live="off"
        aria-label={label}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- otherwise arrow keys cannot scroll it
        tabIndex={0}
        onScroll={scrolled}
      >
        {shown.length === 0 && <NoLines isFiltered={lines.length > 0} filter={filter} onFilter={onFilter} />}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const line = shown[index];
            return (
              line && <Line key={line.number} line={line} top={start} isMarked={line.number === marked} />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function LogFilters({ filter, onFilter }: { filter: LogFilter; onFilter: (filter: LogFilter) => void }) {
  return (
    <>
      <TextInput
        data-search
        aria-label={uiMessages.logFilter}
        placeholder={uiMessages.logFilter}
        value={filter.text ?? ""}
        onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value || undefined })}
      />
      <Select
        w={170}
        aria-label={uiMessages.logLevel}
        data={LOG_LEVELS.map((level) => ({ value: level, label: uiMessages.logLevels[level] }))}
        value={filter.level ?? LOG_LEVELS[0]}
        onChange={(value) => {
          const level = LOG_LEVELS.find((one) => one === value);
          onFilter({ ...filter, level: level === LOG_LEVELS[0] ? undefined : level });
        }}
      />
      <Switch
        label={uiMessages.logErrorsOnly}
        checked={filter.level === "error"}
        onChange={(event) =>
          onFilter({ ...filter, level: event.currentTarget.checked ? "error" : undefined })
        }
      />
    </>
  );
}

/** Names the filter that hides the lines: an empty log would look as if lines had been lost. */
function NoLines({
  isFiltered,
  filter,
  onFilter,
}: {
  isFiltered: boolean;
  filter: LogFilter;
  onFilter: (filter: LogFilter) => void;
}) {
  if (!isFiltered) return <Text p="sm">{uiMessages.logEmpty}</Text>;
  return (
    <Group p="sm" gap="sm">
      <Text>
        {filter.text
          ? uiMessages.logNoMatch(filter.text)
          : uiMessages.logNoLevel(uiMessages.logLevels[filter.level ?? LOG_LEVELS[0]])}
      </Text>
      <Button variant="default" onClick={() => onFilter({})}>
        {uiMessages.clearFilters}
      </Button>
    </Group>
  );
}

function Line({ line, top, isMarked }: { line: LogLine; top: number; isMarked: boolean }) {
  return (
    <div
      className={styles.line}
      data-level={line.level}
      data-marked={isMarked || undefined}
      id={`L${line.number}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <a className={styles.number} href={`#L${line.number}`} aria-label={uiMessages.logLine(line.number)}>
        {line.number}
      </a>
      <time dateTime={line.at}>{line.at.slice(11, 23)}</time>
      <span className={styles.level}>{line.level}</span>
      <span className={styles.text}>{line.text}</span>
    </div>
  );
}
