/** A labelled editor of a query or an expression, with its problems below. */
import { Input, Skeleton } from "@mantine/core";
import { lazy, Suspense, useId } from "react";
import type { CodeEditorProps } from "./CodeEditor";

const CodeEditor = lazy(() => import("./CodeEditor"));

interface SqlInputProps extends Omit<CodeEditorProps, "describedBy" | "isInvalid"> {
  description?: string;
  errors?: string[];
}

export function SqlInput({ label, description, errors = [], minHeight = 80, ...editor }: SqlInputProps) {
  const id = useId();
  return (
    <div>
      <Input.Label component="div">{label}</Input.Label>
      <div id={id}>
        {description && <Input.Description pb={4}>{description}</Input.Description>}
        {errors.map((error) => (
          <Input.Error key={error} pb={4}>
            {error}
          </Input.Error>
        ))}
      </div>
      <Suspense fallback={<Skeleton height={minHeight} />}>
        <CodeEditor
          label={label}
          describedBy={id}
          isInvalid={errors.length > 0}
          minHeight={minHeight}
          {...editor}
        />
      </Suspense>
    </div>
  );
}
