/** The installed schema packages. */
import { Button } from "@mantine/core";
import { AppLink, CopyButton, EmptyState, formatNumber, PageHeader, TimeAgo, type Column } from "@openreg/ui";
import { IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { ListPage } from "@/lists/ListPage";
import { schemaPackagesQuery, type SchemaPackage } from "./api";
import { InstallSchemas } from "./InstallSchemas";
import { schemaPackageMessages as text } from "./messages";

export function SchemaPackageList() {
  const [isInstalling, setIsInstalling] = useState(false);
  const query = useQuery(schemaPackagesQuery());
  const install = useMay("schemas:install") && (
    <Button leftSection={<IconUpload size={14} aria-hidden />} onClick={() => setIsInstalling(true)}>
      {text.install}
    </Button>
  );
  return (
    <>
      <PageHeader title={text.title} description={text.description} actions={install} />
      <ListPage
        query={query}
        columns={COLUMNS}
        label={text.title}
        rowKey={(one) => one.id}
        isFiltered={false}
        onClear={() => undefined}
        firstUse={
          <EmptyState title={text.firstUseTitle} action={install}>
            {text.firstUse}
          </EmptyState>
        }
      />
      <InstallSchemas isOpen={isInstalling} onClose={() => setIsInstalling(false)} />
    </>
  );
}

const COLUMNS: Column<SchemaPackage>[] = [
  {
    key: "name",
    header: text.columns.name,
    cell: (one) => (
      <AppLink to="/schema-packages/$packageId" params={{ packageId: one.id }} search={{}}>
        {one.name}
      </AppLink>
    ),
  },
  { key: "namespaces", header: text.columns.namespaces, cell: (one) => <Namespaces of={one} /> },
  { key: "files", header: text.columns.files, isNumber: true, cell: (one) => formatNumber(one.files.length) },
  { key: "hash", header: text.columns.hash, cell: (one) => <Hash value={one.sha256} /> },
  { key: "by", header: text.columns.by, cell: (one) => one.installed_by },
  { key: "at", header: text.columns.at, cell: (one) => <TimeAgo at={one.installed_at} /> },
];

/** The first namespace by its name; the page of the package has them all. */
function Namespaces({ of: { files } }: { of: SchemaPackage }) {
  const names = [...new Set(files.map((file) => file.namespace || text.noNamespace))];
  return (
    <span title={names.join("\n")}>
      <span className="or-mono">{names[0]}</span>
      {names.length > 1 && ` ${text.more(names.length - 1)}`}
    </span>
  );
}

export function Hash({ value }: { value: string }) {
  return (
    <span className="or-mono" title={value}>
      {value.slice(0, 12)}… <CopyButton value={value} label={text.copyHash} />
    </span>
  );
}
