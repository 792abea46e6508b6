/** Keeps the draft as a version, and asks for its approval. */
import { Button, Group, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { ErrorState, showDone, showProblem } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { approvalKeys } from "@/features/approvals/keys";
import { takeStep, type Version } from "@/features/report-versions/api";
import { reportKeys } from "@/features/reports/api";
import { saveVersion } from "./api";
import { useEditor } from "./EditorContext";
import { editorMessages } from "./messages";

const text = editorMessages.review;

export function SubmitForm() {
  const { reportId, keeper, check, isChecking } = useEditor();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const maySubmit = useMay("reports:submit");
  const [note, setNote] = useState("");
  const [comment, setComment] = useState("");

  const keep = useMutation({
    mutationFn: async (isSubmitted: boolean) => {
      await keeper.flush();
      const { document, stored } = keeper.read();
      const version = await saveVersion(reportId, document, note, stored.revision);
      keeper.finish();
      if (isSubmitted) await submit(version);
      else showDone(text.saved(version.number));
      return version;
    },
    onSuccess: async (version) => {
      void queries.invalidateQueries({ queryKey: reportKeys.all });
      void queries.invalidateQueries({ queryKey: approvalKeys.all });
      const params = { reportId, versionId: version.id };
      await navigate({ to: "/reports/$reportId/versions/$versionId", params });
    },
  });

  /** The version is kept in any case: a refusal is shown, and it can be submitted from its own page. */
  async function submit(version: Version) {
    try {
      await takeStep(version, "submit", { comment });
      showDone(text.submitted);
    } catch (error) {
      showProblem(error);
    }
  }

  const isReady = check?.ok === true && !isChecking;
  return (
    <Stack gap="md">
      <TextInput
        label={text.note}
        description={text.noteHint}
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {maySubmit && (
        <Textarea
          label={text.comment}
          autosize
          minRows={2}
          maxLength={2000}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
      )}
      {!maySubmit && <Text c="dimmed">{text.mayNotSubmit}</Text>}
      {check && !check.ok && <Text c="dimmed">{text.fixFirst}</Text>}
      {keep.isError && <ErrorState error={keep.error} />}
      <Group gap="sm">
        {maySubmit && (
          <Button disabled={!isReady} loading={keep.isPending} onClick={() => keep.mutate(true)}>
            {text.submitAction}
          </Button>
        )}
        <Button
          variant="default"
          disabled={!isReady}
          loading={keep.isPending}
          onClick={() => keep.mutate(false)}
        >
          {text.saveOnly}
        </Button>
      </Group>
    </Stack>
  );
}
