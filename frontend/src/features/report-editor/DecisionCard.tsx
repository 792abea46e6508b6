/** One decision about eligibility: its condition, what becomes of the record, and why. */
import { ActionIcon, Group, Select, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash, type Icon } from "@tabler/icons-react";
import { SqlInput } from "./code/SqlInput";
import { decisionKinds, type ReportDecision } from "./document";
import styles from "./editor.module.css";
import { eligibilityMessages as text } from "./eligibilityMessages";
import { faultText } from "./places";
import { useExpressionCompletions, useFaultsAt } from "./useExpressions";

const CODE = /^[A-Z][A-Z0-9_-]{0,39}$/;

interface DecisionCardProps {
  place: number;
  decision: ReportDecision;
  takenCodes: string[];
  isLast: boolean;
  onChange: (changes: Partial<ReportDecision>) => void;
  onMove: (to: number) => void;
  onRemove: () => void;
}

export function DecisionCard(props: DecisionCardProps) {
  const { place, decision, takenCodes, onChange } = props;
  const completions = useExpressionCompletions();
  const faults = useFaultsAt(`/eligibility/${place}/when`);
  const codeError = takenCodes.includes(decision.code)
    ? text.codeTaken
    : CODE.test(decision.code)
      ? undefined
      : text.codeInvalid;
  return (
    <section className={styles.card} aria-label={text.number(place + 1)}>
      <Group justify="space-between">
        <Text fw={600}>{text.number(place + 1)}</Text>
        <Buttons {...props} />
      </Group>
      <SqlInput
        label={text.when(decision.code)}
        description={text.whenHint}
        errors={faults.map(faultText)}
        completions={completions}
        value={decision.when}
        onChange={(when) => onChange({ when })}
      />
      <div className={styles.pair}>
        <Select
          label={text.decision}
          data={decisionKinds.map((kind) => ({ value: kind, label: text.decisions[kind] }))}
          value={decision.decision}
          onChange={(chosen) => {
            const kind = decisionKinds.find((one) => one === chosen);
            if (kind) onChange({ decision: kind });
          }}
        />
        <TextInput
          label={text.code}
          description={text.codeHint}
          required
          value={decision.code}
          error={codeError}
          onChange={(event) => onChange({ code: event.currentTarget.value })}
        />
      </div>
      <TextInput
        label={text.reason}
        required
        maxLength={500}
        value={decision.reason}
        error={decision.reason.trim() ? undefined : text.missing}
        onChange={(event) => onChange({ reason: event.currentTarget.value })}
      />
    </section>
  );
}

function Buttons({ place, decision, isLast, onMove, onRemove }: DecisionCardProps) {
  return (
    <Group gap={4} wrap="nowrap">
      <Action
        icon={IconArrowUp}
        label={text.up(decision.code)}
        isOff={place === 0}
        onClick={() => onMove(place - 1)}
      />
      <Action
        icon={IconArrowDown}
        label={text.down(decision.code)}
        isOff={isLast}
        onClick={() => onMove(place + 1)}
      />
      <Action icon={IconTrash} label={text.remove(decision.code)} onClick={onRemove} />
    </Group>
  );
}

interface ActionProps {
  icon: Icon;
  label: string;
  isOff?: boolean;
  onClick: () => void;
}

function Action({ icon: ActionImage, label, isOff = false, onClick }: ActionProps) {
  return (
    <ActionIcon variant="subtle" color="gray" size={28} aria-label={label} disabled={isOff} onClick={onClick}>
      <ActionImage size={16} aria-hidden />
    </ActionIcon>
  );
}
