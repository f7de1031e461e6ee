using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Kafka;

/// <summary>
/// What a client library complains of between its retries: the last complaint for <c>/status</c>, and a warning in the
/// log at most every 30 s for each broker. Any thread.
/// </summary>
internal sealed class ClientErrors(ILogger logger, TimeProvider time)
{
    private const int SourcesAtMost = 256;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, long> _warnedAt = new();
    private volatile string? _last;

    /// <summary>The last error, or null when there was none since the cluster answered.</summary>
    public string? Last => _last;

    public void Clear() => _last = null;

    /// <param name="reason">librdkafka's text, which begins with the broker's address when it concerns one.</param>
    public void Report(ErrorCode code, string reason)
    {
        // Each of the brokers has its own complaint, which says more than that all of them have one.
        if (code == ErrorCode.Local_AllBrokersDown)
        {
            _last ??= reason;
            return;
        }

        _last = reason;
        if (MayWarn(Source(code, reason)))
        {
            logger.LogWarning("Kafka: {Reason} ({Code}); goes on trying", reason, code);
        }
    }

    /// <summary>librdkafka's own log. Lost connections (FAIL, ERROR) are left out: they come as errors too.</summary>
    /// <param name="level">As syslog counts: 0 is the worst, 7 debug.</param>
    public void Log(int level, string facility, string text)
    {
        if (level > 4 || facility is "FAIL" or "ERROR" or "CONFWARN")
        {
            logger.Log(level > 6 ? LogLevel.Trace : LogLevel.Debug, "librdkafka {Facility}: {Text}", facility, text);
        }
        else if (MayWarn(facility))
        {
            logger.LogWarning("librdkafka {Facility}: {Text}", facility, text);
        }
    }

    private static string Source(ErrorCode code, string reason)
    {
        var end = reason.IndexOf(": ", StringComparison.Ordinal);
        return end > 0 ? reason[..end] : code.ToString();
    }

    private bool MayWarn(string source)
    {
        var now = time.GetTimestamp();
        if (_warnedAt.TryGetValue(source, out var before) && time.GetElapsedTime(before, now) < Quiet)
        {
            return false;
        }

        if (_warnedAt.Count >= SourcesAtMost)
        {
            _warnedAt.Clear();
        }

        _warnedAt[source] = now;
        return true;
    }
}
