namespace Kalinka.Tests.Stack;

/// <summary>Waits for what becomes true some time later.</summary>
internal static class Eventually
{
    /// <param name="seen">What there is instead, told when it did not.</param>
    /// <exception cref="AssertionException">It did not become true in time.</exception>
    public static async Task That(Func<bool> condition, TimeSpan within, string awaited, Func<string>? seen = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > within)
            {
                throw new AssertionException(
                    $"Not within {within.TotalSeconds:0.#} s: {awaited}{seen?.Invoke().Insert(0, ", but ")}"
                );
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
