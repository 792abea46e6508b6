/** What the exceptions have in common, the most first; a group is a filter of the list below. */
import { SegmentedControl, Text, UnstyledButton } from "@mantine/core";
import { formatNumber } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { GROUPINGS, groupsQuery, type ExceptionSearch, type Grouping } from "./api";
import styles from "./exceptions.module.css";
import { exceptionMessages } from "./messages";

const text = exceptionMessages.groups;
const NONE = "none";

/** The filter that each kind of group is. */
const FILTER_OF = { rule: "rule_id", report: "report_id", entity: "entity" } as const;

interface ExceptionGroupsProps {
  search: ExceptionSearch;
  onChoose: (changes: Partial<ExceptionSearch>) => void;
}

export function ExceptionGroups({ search, onChoose }: ExceptionGroupsProps) {
  return (
    <div className={styles.groups}>
      <SegmentedControl
        aria-label={text.by}
        data={[
          { value: NONE, label: text.none },
          ...GROUPINGS.map((one) => ({ value: one, label: text.kinds[one] })),
        ]}
        value={search.group ?? NONE}
        onChange={(value) => onChoose({ group: GROUPINGS.find((one) => one === value) })}
      />
      {search.group && <Groups by={search.group} search={search} onChoose={onChoose} />}
    </div>
  );
}

function Groups({ by, search, onChoose }: ExceptionGroupsProps & { by: Grouping }) {
  const groups = useQuery(groupsQuery(by, search.state)).data?.items;
  const filter = FILTER_OF[by];
  if (groups?.length === 0) return <Text c="dimmed">{text.empty}</Text>;
  return (
    <ul className={styles.groupList} aria-label={text.kinds[by]}>
      {groups?.map((one) => {
        const isChosen = search[filter] === one.value;
        return (
          <li key={one.value}>
            <UnstyledButton
              className={styles.group}
              aria-pressed={isChosen}
              onClick={() => onChoose({ [filter]: isChosen ? undefined : one.value })}
            >
              <span>
                {by === "rule" && <span className="or-mono">{one.value} </span>}
                {one.name ?? (by === "rule" ? "" : one.value)}
              </span>
              <span className={styles.groupCount}>
                {formatNumber(one.count)}
                {one.is_more && "+"}
              </span>
            </UnstyledButton>
          </li>
        );
      })}
    </ul>
  );
}
