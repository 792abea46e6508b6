import { Button, Group, Stack, TextInput } from "@mantine/core";
import { AppLink, ErrorState, LinkButton, PageHeader, showDone, uiMessages } from "@openreg/ui";
import { isProblem } from "@openreg/ui/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { createPlan, planKeys, type PlanChange } from "./api";
import { changeOf, EMPTY_PLAN } from "./draft";
import { planMessages as text } from "./messages";
import { PlanFields } from "./PlanFields";

const KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function NewPlan() {
  const [key, setKey] = useState("");
  const [draft, setDraft] = useState(EMPTY_PLAN);
  const [requestKey] = useState(() => crypto.randomUUID());
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: (terms: PlanChange) => createPlan({ ...terms, key }, requestKey),
    onSuccess: (plan) => {
      void queries.invalidateQueries({ queryKey: planKeys.all });
      showDone(text.made(plan.name));
      void navigate({ to: "/plans/$planId", params: { planId: plan.id } });
    },
  });
  const terms = changeOf(draft);
  const faults = isProblem(create.error) ? create.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (terms && KEY.test(key)) create.mutate(terms);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={720}>
        <div>
          <AppLink to="/plans" search={{}} size="sm">
            {text.back}
          </AppLink>
          <PageHeader title={text.newTitle} />
        </div>
        <TextInput
          label={text.key}
          description={text.keyHint}
          required
          withAsterisk={false}
          className="or-mono"
          value={key}
          error={key !== "" && !KEY.test(key) ? text.keyWrong : faults["key"]}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <PlanFields
          draft={draft}
          faults={faults}
          readOnly={false}
          onChange={(changes) => setDraft((before) => ({ ...before, ...changes }))}
        />
        {create.isError && <ErrorState error={create.error} />}
        <Group justify="flex-end" gap="sm">
          <LinkButton to="/plans" search={{}} variant="default">
            {uiMessages.cancel}
          </LinkButton>
          <Button type="submit" disabled={!terms || !KEY.test(key)} loading={create.isPending}>
            {text.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
