import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { ApiError } from './api/client.ts';
import { App } from './app.tsx';
import './styles.css';
import { ToastProvider } from './ui/toast.tsx';

const queries = new QueryClient({
  queryCache: new QueryCache({
    // Signed out in another tab, or ended from elsewhere: the pages then lead to signing in.
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) queries.setQueryData(['me'], null);
    },
  }),
  defaultOptions: {
    queries: {
      // An answer is an answer; only a server that is not there is asked again.
      retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      staleTime: 5_000,
    },
  },
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <ToastProvider>
            <App />
          </ToastProvider>
        </BrowserRouter>
      </QueryClientProvider>
    </StrictMode>,
  );
}
