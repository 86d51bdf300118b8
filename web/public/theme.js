// Before the first paint: the theme that was chosen here; without a choice the system's holds.
(() => {
  try {
    const theme = localStorage.getItem('remuvr-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // A browser that keeps nothing follows the system.
  }
})();
