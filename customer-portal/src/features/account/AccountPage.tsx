/** Oneself and one's company: names, password, sessions, and the end of the account. */
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { Fact, Facts, PageHeader, Section, showDone, showProblem } from "@openreg/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { roleNames } from "@/features/team/messages";
import { accountQuery, renameCompany, useAccount, useMay, type Account } from "./api";
import { DeletionSection } from "./DeletionSection";
import { accountMessages as text } from "./messages";
import { PasswordSection } from "./PasswordSection";
import { SessionsSection } from "./SessionsSection";

export function AccountPage() {
  const account = useAccount();
  const mayRename = useMay("account:write");
  const mayDelete = useMay("account:delete");
  if (!account) return <PageHeader title={text.title} />;
  return (
    <Stack gap="xl" maw={960}>
      <PageHeader title={text.title} />
      <Section title={text.you}>
        <Facts>
          <Fact name={text.fullName}>{account.full_name}</Fact>
          <Fact name={text.email}>{account.email}</Fact>
          <Fact name={text.role}>{roleNames[account.role]}</Fact>
          {!mayRename && <Fact name={text.company}>{account.company}</Fact>}
        </Facts>
      </Section>
      {mayRename && <CompanySection account={account} />}
      <PasswordSection />
      <SessionsSection />
      {mayDelete && <DeletionSection company={account.company} />}
    </Stack>
  );
}

function CompanySection({ account }: { account: Account }) {
  const [name, setName] = useState(account.company);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: renameCompany,
    onSuccess: (changed) => {
      queries.setQueryData(accountQuery().queryKey, changed);
      showDone(text.saved);
    },
    onError: showProblem,
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    save.mutate(name.trim());
  }

  return (
    <Section title={text.company}>
      <form onSubmit={submit}>
        <Group gap="sm" align="flex-end">
          <TextInput
            label={text.companyName}
            autoComplete="organization"
            required
            withAsterisk={false}
            maxLength={200}
            w={280}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" loading={save.isPending} disabled={name.trim() === account.company}>
            {text.save}
          </Button>
        </Group>
      </form>
    </Section>
  );
}
