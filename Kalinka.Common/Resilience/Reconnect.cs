using Polly;
using Polly.Retry;

namespace Kalinka.Common.Resilience;

/// <summary>
/// Keeps one connection up for ever: after its end, or a failure to make it, the next attempt, exponentially later and with
/// jitter. Each connection has its own, so that one server's absence delays nobody else.
/// </summary>
public sealed class Reconnect
{
    private readonly TimeProvider _time;
    private readonly ReconnectDelays _delays;
    private readonly Action<ReconnectWait>? _waiting;
    private readonly ResiliencePipeline<TimeSpan> _retry;

    /// <param name="transient">Exceptions after which another attempt is worth while; others end <see cref="RunAsync"/>.</param>
    /// <param name="waiting">Told before every wait; null for nobody.</param>
    public Reconnect(
        TimeProvider time,
        ReconnectDelays delays,
        Func<Exception, bool> transient,
        Action<ReconnectWait>? waiting = null
    )
    {
        (_time, _delays, _waiting) = (time, delays, waiting);
        _retry = new ResiliencePipelineBuilder<TimeSpan> { TimeProvider = time }
            .AddRetry(Strategy(transient))
            .Build();
    }

    /// <summary>
    /// Runs <paramref name="connection"/> again and again until cancelled, then returns. It connects, stays until the end
    /// of what it connected, and returns how long that held (zero: never made).
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task<TimeSpan>> connection, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                // Returns only when a connection held: the delays then begin with the shortest again.
                await _retry.ExecuteAsync(
                    static async (attempt, token) => await attempt(token),
                    connection,
                    cancellationToken
                );
                _waiting?.Invoke(new ReconnectWait(_delays.First, null));
                await Task.Delay(_delays.First, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { }
    }

    private RetryStrategyOptions<TimeSpan> Strategy(Func<Exception, bool> transient) =>
        new()
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _delays.First,
            MaxDelay = _delays.Longest,
            ShouldHandle = attempt => new ValueTask<bool>(IsWorthRetrying(attempt, transient)),
            OnRetry = retry =>
            {
                _waiting?.Invoke(new ReconnectWait(retry.RetryDelay, retry.Outcome.Exception));
                return default;
            },
        };

    // What an attempt throws because it was told to end is no failure, whatever the caller counts as one.
    private bool IsWorthRetrying(RetryPredicateArguments<TimeSpan> attempt, Func<Exception, bool> transient) =>
        attempt.Outcome.Exception switch
        {
            null => attempt.Outcome.Result < _delays.Held,
            OperationCanceledException when attempt.Context.CancellationToken.IsCancellationRequested => false,
            var failure => transient(failure),
        };
}

/// <param name="First">About the first delay; above zero.</param>
/// <param name="Longest">No delay is longer.</param>
/// <param name="Held">A connection that held so long is a success: delays begin with the first again.</param>
public sealed record ReconnectDelays(TimeSpan First, TimeSpan Longest, TimeSpan Held)
{
    public static ReconnectDelays Default { get; } =
        new(TimeSpan.FromMilliseconds(150), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));
}

/// <param name="Delay">Until the next attempt.</param>
/// <param name="Failure">Of the last attempt; null when the connection was made and ended.</param>
public readonly record struct ReconnectWait(TimeSpan Delay, Exception? Failure);
