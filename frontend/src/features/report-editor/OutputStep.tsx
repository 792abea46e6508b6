/** Which files come out, what happens on special days, and where they go. */
import { Button, Group, MultiSelect, Radio, Stack, Text, TextInput } from "@mantine/core";
import { Callout, Section, showDone } from "@openreg/ui";
import { IconPlus } from "@tabler/icons-react";
import { onEmptyPolicies, onPartialPolicies, type ReportOutput } from "./document";
import styles from "./editor.module.css";
import { useEditor } from "./EditorContext";
import { nextOutput } from "./fileName";
import { editorMessages } from "./messages";
import { OutputCard } from "./OutputCard";
import { faultText } from "./places";
import { Routes, SubmissionTerms } from "./Routes";
import { useFaultsAt } from "./useExpressions";

const text = editorMessages.output;

export function OutputStep() {
  const { document, change } = useEditor();
  const { outputs } = document;
  const together = useFaultsAt("/outputs").filter((fault) => fault.pointer === "/outputs");

  function set(index: number, output: ReportOutput) {
    change({ outputs: outputs.map((one, place) => (place === index ? output : one)) });
  }

  function remove(index: number) {
    const before = outputs;
    change({ outputs: outputs.filter((_, place) => place !== index) });
    showDone(text.removed, () => change({ outputs: before }));
  }

  return (
    <Stack gap="xl" className={styles.form}>
      <Section title={text.title}>
        {outputs.map((output, index) => (
          <OutputCard
            // Files have no identity but their place.
            key={index}
            number={index + 1}
            output={output}
            onChange={(changed) => set(index, changed)}
            onRemove={outputs.length > 1 ? () => remove(index) : undefined}
          />
        ))}
        {together.map((fault) => (
          <Callout key={fault.detail} tone="failed" title={faultText(fault)} />
        ))}
        <Group>
          <Button
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change({ outputs: [...outputs, nextOutput(outputs)] })}
          >
            {text.add}
          </Button>
        </Group>
        {document.pack && <Envelope />}
      </Section>
      <Policies />
      <Routes />
      {document.pack && <SubmissionTerms />}
      <RecordKey />
    </Stack>
  );
}

function Envelope() {
  const { document, change } = useEditor();
  const { envelope } = document;
  return (
    <div>
      <Text fw={600}>{text.envelope}</Text>
      <Text c="dimmed" pb="xs">
        {text.envelopeHint}
      </Text>
      <div className={styles.pair}>
        {(["sender", "receiver"] as const).map((name) => (
          <TextInput
            key={name}
            label={text[name]}
            maxLength={140}
            value={envelope[name] ?? ""}
            onChange={(event) => {
              const rest = Object.entries(envelope).filter(([one]) => one !== name);
              const given = event.currentTarget.value;
              change({ envelope: Object.fromEntries(given ? [...rest, [name, given]] : rest) });
            }}
          />
        ))}
      </div>
    </div>
  );
}

function Policies() {
  const { document, change } = useEditor();
  return (
    <Section title={text.policies}>
      <Radio.Group
        label={text.onEmptyLabel}
        value={document.on_empty}
        onChange={(value) =>
          change({ on_empty: onEmptyPolicies.find((one) => one === value) ?? document.on_empty })
        }
      >
        <Stack gap="sm" pt="xs">
          {onEmptyPolicies.map((one) => (
            <Radio
              key={one}
              value={one}
              label={text.onEmpty[one].label}
              description={text.onEmpty[one].text}
            />
          ))}
        </Stack>
      </Radio.Group>
      <Radio.Group
        label={text.onPartialLabel}
        value={document.on_partial}
        onChange={(value) =>
          change({ on_partial: onPartialPolicies.find((one) => one === value) ?? document.on_partial })
        }
      >
        <Stack gap="sm" pt="xs">
          {onPartialPolicies.map((one) => (
            <Radio
              key={one}
              value={one}
              label={text.onPartial[one].label}
              description={text.onPartial[one].text}
            />
          ))}
        </Stack>
      </Radio.Group>
    </Section>
  );
}

function RecordKey() {
  const { document, change } = useEditor();
  return (
    <Section title={text.recordKey}>
      <MultiSelect
        label={text.recordKey}
        description={text.recordKeyHint}
        searchable
        data={Object.keys(document.fields)}
        value={document.record_key}
        onChange={(record_key) => change({ record_key })}
      />
    </Section>
  );
}
