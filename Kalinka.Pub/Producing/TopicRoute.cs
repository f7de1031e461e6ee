using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Pub.Producing;

/// <summary>
/// Finds the topic that a message goes to. Only topics that exist are produced to: a device must not make topics by
/// naming them, unless the configuration allows it.
/// </summary>
/// <param name="prepared">
/// Completes when Kafka has been reached, and the topics that rules name have been created or cannot be.
/// </param>
/// <param name="createUnknown">A message may make its topic.</param>
internal sealed class TopicRoute(ITopicCatalog catalog, Task prepared, bool createUnknown, TimeProvider time)
{
    private static readonly TimeSpan CreationTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    // For a topic made since the last look. Whoever names topics at random costs a seat that much and no more.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookFor = TimeSpan.FromMilliseconds(250);

    // A timestamp of the clock; 0 before the first look.
    private long _looked;

    /// <summary>
    /// Finds or creates a topic. Waits only while Kafka has never been reached, while the topics of the rules are being
    /// created, while one is created for this message, and for one look at a name that is not known yet: at most 250 ms,
    /// once in ten seconds.
    /// </summary>
    /// <param name="wait">False: returns <see cref="Route.None"/> where it would wait for Kafka to come.</param>
    /// <exception cref="OperationCanceledException">The caller's connection has ended meanwhile.</exception>
    public Route Find(ReadOnlySpan<byte> name, bool wait, CancellationToken cancellationToken)
    {
        if (catalog.Find(name, out var kafkaTopic) == TopicLookup.Known)
        {
            return Route.To(kafkaTopic!);
        }

        if (!wait && !prepared.IsCompleted)
        {
            return Route.None;
        }

        prepared.Wait(cancellationToken);
        var refreshed = catalog.Refreshed;
        if (catalog.Find(name, out kafkaTopic) == TopicLookup.Known)
        {
            return Route.To(kafkaTopic!);
        }

        if (!createUnknown && MayLook() && LookAgain(name, refreshed, cancellationToken) is { } found)
        {
            return Route.To(found);
        }

        var text = Encoding.UTF8.GetString(name);
        return createUnknown ? Create(text, name, wait, cancellationToken) : Route.ToNowhere($"unknown topic {text}");
    }

    private bool MayLook()
    {
        var (looked, now) = (Interlocked.Read(ref _looked), time.GetTimestamp());
        return (looked == 0 || time.GetElapsedTime(looked, now) >= LookEvery)
            && Interlocked.CompareExchange(ref _looked, now, looked) == looked;
    }

    // That the name was not found has had the catalog ask.
    private KafkaTopic? LookAgain(ReadOnlySpan<byte> name, Task refreshed, CancellationToken cancellationToken)
    {
        refreshed.Wait((int)LookFor.TotalMilliseconds, cancellationToken);
        return catalog.Find(name, out var kafkaTopic) == TopicLookup.Known ? kafkaTopic : null;
    }

    // While Kafka is away nothing is final: the message waits.
    private Route Create(string text, ReadOnlySpan<byte> name, bool wait, CancellationToken cancellationToken)
    {
        while (true)
        {
            var error = TryCreate(text, cancellationToken);
            if (catalog.Find(name, out var kafkaTopic) == TopicLookup.Known)
            {
                return Route.To(kafkaTopic!);
            }

            if (catalog.Reachable)
            {
                return Route.ToNowhere($"unknown topic {text}: {error ?? "created, but not visible"}");
            }

            if (!wait)
            {
                return Route.None;
            }

            cancellationToken.WaitHandle.WaitOne(TryAgain);
        }
    }

    private string? TryCreate(string name, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(CreationTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var errors = catalog.CreateMissingAsync([name], either.Token).GetAwaiter().GetResult();
            return errors.Count > 0 ? errors[0] : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "Kafka did not create it in time";
        }
    }
}

/// <summary>Where a message goes: to a topic, nowhere for a reason, or, with neither, where nobody can say yet.</summary>
internal readonly record struct Route(KafkaTopic? KafkaTopic, string? Unknown)
{
    public static Route None => default;

    public static Route To(KafkaTopic kafkaTopic) => new(kafkaTopic, null);

    public static Route ToNowhere(string reason) => new(null, reason);
}
