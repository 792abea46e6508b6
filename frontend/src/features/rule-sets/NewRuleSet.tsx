/** A new rule set: its name, its title, its regime. */
import { Select, Stack, TextInput } from "@mantine/core";
import { ConfirmDialog } from "@openreg/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { packsQuery } from "@/features/reports/api";
import { createRuleSet, ruleSetKeys } from "./api";
import { ruleSetMessages } from "./messages";

const text = ruleSetMessages.form;

export function NewRuleSet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const packs = useQuery(packsQuery()).data?.packs ?? [];
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [pack, setPack] = useState<string | null>(null);

  async function create() {
    const made = await createRuleSet({
      name: name.trim(),
      title: title.trim(),
      description: "",
      pack_id: pack,
    });
    void queries.invalidateQueries({ queryKey: ruleSetKeys.all });
    void navigate({ to: "/rule-sets/$ruleSetId", params: { ruleSetId: made.id } });
  }

  return (
    <ConfirmDialog isOpen={isOpen} onClose={onClose} title={text.title} action={text.save} onConfirm={create}>
      <Stack gap="md">
        <TextInput
          label={text.name}
          description={text.nameHint}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={text.label}
          required
          maxLength={200}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Select
          label={text.pack}
          description={text.packHint}
          clearable
          data={packs.map((one) => ({ value: one.id, label: one.title }))}
          value={pack}
          onChange={setPack}
        />
      </Stack>
    </ConfirmDialog>
  );
}
