/** Which rule of ours a text is about. Suggestions are offered; a person takes them. */
import { Button, Checkbox, Group, Select, Stack, Text } from "@mantine/core";
import { Callout, DataTable, ErrorState, Panel, type Column } from "@openreg/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { importList, rulesOfRegimeQuery, type BroughtText, type ImportOutcome } from "./api";
import { bringMessages, officialMessages } from "./messages";
import { codeColumn, fieldColumn, keyOf, textColumn } from "./textColumns";
import { importOf, nameOf, ruleOf, suggestedDecisions, type Chosen, type Decisions } from "./wizard";

const text = bringMessages.pairs;
const PAGE = 50;

interface PairsStepProps {
  chosen: Chosen;
  tried: ImportOutcome;
  decisions: Decisions;
  onDecide: (decisions: Decisions) => void;
  onBack: () => void;
  onTried: (outcome: ImportOutcome) => void;
}

export function PairsStep({ chosen, tried, decisions, onDecide, onBack, onTried }: PairsStepProps) {
  const rules = useQuery(rulesOfRegimeQuery(chosen.packId));
  const [onlyOpen, setOnlyOpen] = useState(false);
  const [page, setPage] = useState(0);
  const check = useMutation({
    mutationFn: () => importList(chosen.file, importOf(chosen, decisions, null), true, crypto.randomUUID()),
    onSuccess: onTried,
  });
  const texts = tried.texts.filter((one) => one.line !== null);
  const open = texts.filter((one) => ruleOf(one, decisions) === null);
  const shown = onlyOpen ? open : texts;
  const suggested = suggestedDecisions(texts, decisions);
  const decide = (one: BroughtText, rule: string | null) =>
    onDecide(new Map([...decisions, [nameOf(one), rule]]));
  const last = Math.max(0, Math.ceil(shown.length / PAGE) - 1);
  const place = Math.min(page, last);
  const columns: Column<BroughtText>[] = [
    codeColumn,
    fieldColumn,
    textColumn,
    {
      key: "rule",
      header: officialMessages.text.rule,
      cell: (one) => (
        <Rule
          brought={one}
          rules={rules.data ?? new Map<string, string>()}
          decided={ruleOf(one, decisions)}
          onDecide={(rule) => decide(one, rule)}
        />
      ),
    },
  ];
  return (
    <Panel title={text.title}>
      <Stack gap="md">
        <Text c="dimmed">{text.hint}</Text>
        {tried.error_count > 0 && (
          <Callout tone="warning" title={bringMessages.check.faults(tried.error_count)}>
            <Text size="sm">{text.faults}</Text>
          </Callout>
        )}
        <Group justify="space-between">
          <Group gap="lg">
            <Text role="status">{text.unpaired(open.length)}</Text>
            <Checkbox
              label={text.unpairedOnly}
              checked={onlyOpen}
              onChange={(event) => setOnlyOpen(event.currentTarget.checked)}
            />
          </Group>
          {suggested.length > 0 && (
            <Button variant="default" onClick={() => onDecide(new Map([...decisions, ...suggested]))}>
              {text.takeAll(suggested.length)}
            </Button>
          )}
        </Group>
        {rules.isError && <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />}
        {shown.length === 0 ? (
          <Text c="dimmed">{text.empty}</Text>
        ) : (
          <DataTable
            label={text.title}
            columns={columns}
            rows={shown.slice(place * PAGE, (place + 1) * PAGE)}
            rowKey={keyOf}
            paging={{
              cursor: place > 0 ? String(place) : undefined,
              nextCursor: place < last ? String(place + 1) : null,
              onFirst: () => setPage(0),
              onPrevious: () => setPage(place - 1),
              onNext: (next) => setPage(Number(next)),
            }}
          />
        )}
        {check.isError && <ErrorState error={check.error} />}
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {bringMessages.back}
          </Button>
          <Button loading={check.isPending} onClick={() => check.mutate()}>
            {text.action}
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

interface RuleProps {
  brought: BroughtText;
  rules: Map<string, string>;
  decided: string | null;
  onDecide: (rule: string | null) => void;
}

function Rule({ brought, rules, decided, onDecide }: RuleProps) {
  const offers = brought.suggestions.filter((one) => one.rule_id !== decided);
  return (
    <Stack gap={4} miw={240} py={4}>
      <Select
        aria-label={text.choose(brought.code)}
        placeholder={text.placeholder}
        searchable
        clearable
        data={[...rules].map(([id, title]) => ({ value: id, label: `${id} ${title}` }))}
        value={decided}
        onChange={onDecide}
      />
      {decided === null && offers.length > 0 && (
        <Group gap={4}>
          {offers.map((one) => (
            <Button
              key={one.rule_id}
              size="compact-xs"
              variant="default"
              aria-label={text.take(one.rule_id, brought.code)}
              title={rules.get(one.rule_id)}
              onClick={() => onDecide(one.rule_id)}
            >
              {one.rule_id} · {text.origins[one.origin]}
            </Button>
          ))}
        </Group>
      )}
    </Stack>
  );
}
