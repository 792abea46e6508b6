/** One plan: what it gives, retiring it, and removing it. */
import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { AppLink, Callout, ConfirmDialog, CopyId, ErrorState, PageHeader, showDone } from "@openreg/ui";
import { isProblem, type Tagged } from "@openreg/ui/api";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { useMay } from "@/features/account/api";
import { RemoveAction } from "@/lists/RemoveAction";
import { changePlan, planKeys, planQuery, removePlan, type Plan, type PlanChange } from "./api";
import { changeOf, draftOf, retired, type PlanDraft } from "./draft";
import { planMessages as text } from "./messages";
import { PlanFields } from "./PlanFields";
import { PlanState } from "./PlanState";

const route = getRouteApi("/_app/plans/$planId");

export function PlanPage() {
  const { planId } = route.useParams();
  const query = useQuery(planQuery(planId));
  const mayWrite = useMay("customers:write");
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={420} />;
  const plan = query.data.body;
  return (
    <Stack gap="lg" maw={720}>
      <div>
        <AppLink to="/plans" search={{}} size="sm">
          {text.back}
        </AppLink>
        <PageHeader
          title={plan.name}
          meta={
            <>
              <PlanState plan={plan} />
              <span className="or-mono">{plan.key}</span>
              <CopyId id={plan.id} label={text.copyId} />
            </>
          }
          actions={mayWrite && <PlanActions stored={query.data} />}
        />
      </div>
      <PlanForm key={query.data.etag} stored={query.data} readOnly={!mayWrite} />
    </Stack>
  );
}

function PlanForm({ stored, readOnly }: { stored: Tagged<Plan>; readOnly: boolean }) {
  const plan = stored.body;
  const [changes, setChanges] = useState<Partial<PlanDraft>>({});
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: planKeys.all });
  const save = useMutation({
    mutationFn: (terms: PlanChange) => changePlan(plan.id, terms, stored.etag),
    onSuccess: () => {
      showDone(text.saved);
      return refresh();
    },
  });
  const draft = { ...draftOf(plan), ...changes };
  const terms = changeOf(draft);
  const isOutdated = isProblem(save.error) && save.error.status === 412;
  const faults: Record<string, string> = isProblem(save.error) ? save.error.fieldMessages() : {};

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (terms) save.mutate(terms);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <PlanFields
          draft={draft}
          faults={faults}
          readOnly={readOnly}
          onChange={(some) => setChanges((before) => ({ ...before, ...some }))}
        />
        {isOutdated && (
          <Callout
            tone="warning"
            role="alert"
            title={text.conflict}
            actions={
              <Button variant="default" onClick={() => void refresh()}>
                {text.reload}
              </Button>
            }
          />
        )}
        {save.isError && !isOutdated && <ErrorState error={save.error} />}
        {!readOnly && (
          <Group justify="flex-end">
            <Button
              type="submit"
              disabled={!terms || Object.keys(changes).length === 0}
              loading={save.isPending}
            >
              {text.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

function PlanActions({ stored }: { stored: Tagged<Plan> }) {
  const plan = stored.body;
  const [isRetiring, setIsRetiring] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();

  async function retire() {
    const terms = retired(plan);
    if (terms) await changePlan(plan.id, terms, stored.etag);
    showDone(text.retire.done);
    await queries.invalidateQueries({ queryKey: planKeys.all });
  }

  return (
    <>
      {(plan.is_offered || plan.is_default) && (
        <Button variant="default" onClick={() => setIsRetiring(true)}>
          {text.retire.action}
        </Button>
      )}
      <RemoveAction
        size="xs"
        name={plan.name}
        text={text.remove}
        keys={{ one: planKeys.one(plan.id), all: planKeys.all }}
        remove={() => removePlan(plan.id)}
        onRemoved={() => navigate({ to: "/plans", search: {} })}
      />
      <ConfirmDialog
        isOpen={isRetiring}
        onClose={() => setIsRetiring(false)}
        title={text.retire.title(plan.name)}
        action={text.retire.action}
        onConfirm={retire}
      >
        {text.retire.text}
      </ConfirmDialog>
    </>
  );
}
