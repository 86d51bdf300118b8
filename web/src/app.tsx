/** Every page on one screen. Each is a file of its own, loaded when it is opened. */
import { lazy, Suspense, useEffect, useRef } from 'react';
import { Navigate, Outlet, Route, Routes, useLocation } from 'react-router';
import { useMe } from './api/queries.ts';
import { Landing } from './pages/landing.tsx';
import { NotFound } from './pages/not-found.tsx';
import { Shell } from './ui/shell.tsx';
import { Failed, Loading } from './ui/states.tsx';

const SignIn = lazy(() => import('./pages/sign-in.tsx'));
const SignUp = lazy(() => import('./pages/sign-up.tsx'));
const ForgotPassword = lazy(() => import('./pages/forgot-password.tsx'));
const ResetPassword = lazy(() => import('./pages/reset-password.tsx'));
const VerifyEmail = lazy(() => import('./pages/verify-email.tsx'));
const TwoFactor = lazy(() => import('./pages/two-factor.tsx'));
const Playground = lazy(() => import('./pages/playground.tsx'));
const Keys = lazy(() => import('./pages/keys.tsx'));
const Usage = lazy(() => import('./pages/usage.tsx'));
const Jobs = lazy(() => import('./pages/jobs.tsx'));
const Webhooks = lazy(() => import('./pages/webhooks.tsx'));
const PlanPage = lazy(() => import('./pages/plan.tsx'));
const Account = lazy(() => import('./pages/account.tsx'));
const Guide = lazy(() => import('./pages/guide.tsx'));
const Admin = lazy(() => import('./pages/admin.tsx'));

export function App() {
  return (
    <Suspense fallback={<PageLoading />}>
      <FocusOnNavigation />
      <Routes>
        <Route index element={<Landing />} />
        <Route path="sign-in" element={<SignIn />} />
        <Route path="sign-up" element={<SignUp />} />
        <Route path="forgot-password" element={<ForgotPassword />} />
        <Route path="reset-password" element={<ResetPassword />} />
        <Route path="verify-email" element={<VerifyEmail />} />
        <Route path="two-factor" element={<TwoFactor />} />
        <Route element={<Shell />}>
          <Route path="guide" element={<Guide />} />
          <Route element={<SignedIn />}>
            <Route path="playground" element={<Playground />} />
            <Route path="keys" element={<Keys />} />
            <Route path="usage" element={<Usage />} />
            <Route path="jobs" element={<Jobs />} />
            <Route path="webhooks" element={<Webhooks />} />
            <Route path="plan" element={<PlanPage />} />
            <Route path="account" element={<Account />} />
            <Route path="admin" element={<AdminOnly />} />
          </Route>
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </Suspense>
  );
}

function PageLoading() {
  return (
    <div className="mx-auto max-w-5xl p-6">
      <Loading label="Loading the page" />
    </div>
  );
}

function SignedIn() {
  const me = useMe();
  const { pathname, search } = useLocation();
  if (me.isPending) return <Loading label="Loading your account" />;
  if (me.error) return <Failed error={me.error} onRetry={() => void me.refetch()} />;
  if (!me.data) return <Navigate to={`/sign-in?next=${encodeURIComponent(pathname + search)}`} replace />;
  return (
    <Suspense fallback={<Loading label="Loading the page" />}>
      <Outlet />
    </Suspense>
  );
}

/** To others the page does not exist, as on the server. */
function AdminOnly() {
  return useMe().data?.user.isAdmin ? <Admin /> : <NotFound />;
}

/** A new page begins at its top, for the eye and for the screen reader. */
function FocusOnNavigation() {
  const { pathname } = useLocation();
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [pathname]);
  return null;
}
