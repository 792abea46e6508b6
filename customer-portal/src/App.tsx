import { OpenRegProvider } from "@openreg/ui";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, useState } from "react";
import { SignInPage } from "./sign-in/SignInPage";

interface AppProps {
  isTest?: boolean;
}

export function App({ isTest = false }: AppProps) {
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));
  return (
    <StrictMode>
      <OpenRegProvider isTest={isTest}>
        <QueryClientProvider client={queries}>
          <SignInPage />
        </QueryClientProvider>
      </OpenRegProvider>
    </StrictMode>
  );
}
