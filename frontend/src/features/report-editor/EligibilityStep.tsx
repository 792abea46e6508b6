/** Which records are reported, excluded or held: decisions in an order that matters. */
import { Button, Group, Radio, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import { showDone } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { DecisionCard } from "./DecisionCard";
import { onReleasePolicies, readDocument, type ReportDecision } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { eligibilityMessages as text } from "./eligibilityMessages";

export function EligibilityStep() {
  const { document, change, keeper } = useEditor();
  const [said, setSaid] = useState("");
  const decisions = document.eligibility ?? [];
  const keep = (eligibility: ReportDecision[]) => change({ eligibility });

  function move(from: number, to: number) {
    const moved = decisions[from];
    if (!moved) return;
    const rest = decisions.filter((_, index) => index !== from);
    keep([...rest.slice(0, to), moved, ...rest.slice(to)]);
    setSaid(text.moved(moved.code, to + 1, decisions.length));
  }

  function remove(place: number, removed: ReportDecision) {
    keep(decisions.filter((_, index) => index !== place));
    // Back into the decisions as they are then, to the place where it stood.
    showDone(text.removed(removed.code), () => {
      const now = keeper.read().document.eligibility ?? [];
      keep([...now.slice(0, place), removed, ...now.slice(place)]);
    });
  }

  return (
    <Stack gap="xl">
      <Stack gap="sm" component="section">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={3}>{text.title}</Title>
            <Text c="dimmed">{text.hint}</Text>
          </div>
          <Button
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => keep([...decisions, blankDecision(decisions)])}
          >
            {text.add}
          </Button>
        </Group>
        {decisions.length === 0 && <Text c="dimmed">{text.none}</Text>}
        <ol className={styles.plain} aria-label={text.label}>
          {decisions.map((decision, place) => (
            // The place is what tells decisions apart while their codes are being written.
            <li key={place}>
              <DecisionCard
                place={place}
                decision={decision}
                takenCodes={decisions.filter((_, index) => index !== place).map((one) => one.code)}
                isLast={place === decisions.length - 1}
                onChange={(changes) =>
                  keep(decisions.map((one, index) => (index === place ? { ...one, ...changes } : one)))
                }
                onMove={(to) => move(place, to)}
                onRemove={() => remove(place, decision)}
              />
            </li>
          ))}
        </ol>
        <VisuallyHidden role="status">{said}</VisuallyHidden>
      </Stack>
      {decisions.some((one) => one.decision === "hold") && <OnRelease />}
    </Stack>
  );
}

function OnRelease() {
  const { document, change } = useEditor();
  return (
    <Radio.Group
      label={text.onRelease}
      value={document.on_release ?? "wait"}
      onChange={(value) => change({ on_release: onReleasePolicies.find((one) => one === value) ?? "wait" })}
    >
      <Stack gap="xs" pt="xs">
        {onReleasePolicies.map((policy) => (
          <Radio
            key={policy}
            value={policy}
            label={text.onReleaseOptions[policy].label}
            description={text.onReleaseOptions[policy].text}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function blankDecision(others: ReportDecision[]): ReportDecision {
  const taken = new Set(others.map((one) => one.code));
  let number = others.length + 1;
  while (taken.has(`D-${number}`)) number += 1;
  const [blank] = readDocument({ eligibility: [{ code: `D-${number}` }] }).eligibility ?? [];
  return blank as ReportDecision;
}
