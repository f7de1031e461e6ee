namespace Kalinka.Tests.Stack;

/// <summary>Waits for what becomes true some time later.</summary>
internal static class Eventually
{
    /// <exception cref="AssertionException">It did not become true in time.</exception>
    public static async Task That(Func<bool> condition, TimeSpan within, string awaited)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > within)
            {
                throw new AssertionException($"Not within {within.TotalSeconds:0.#} s: {awaited}");
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
