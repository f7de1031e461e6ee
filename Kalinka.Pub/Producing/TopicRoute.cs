using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Pub.Producing;

/// <summary>
/// Finds the topic that a message goes to. Only topics that exist are produced to: a device must not make topics by
/// naming them, unless the configuration allows it.
/// </summary>
internal sealed class TopicRoute(ITopicCatalog catalog, TopicCreation creation)
{
    private static readonly TimeSpan CreationTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The topic, or null with a reason when it is unknown. Blocks only while Kafka has never been reached, or while a
    /// topic is created.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller's connection has ended meanwhile.</exception>
    public KafkaTopic? Find(ReadOnlySpan<byte> name, CancellationToken cancellationToken, out string? reason)
    {
        var lookup = catalog.Find(name, out var kafkaTopic);
        if (lookup == TopicLookup.NotLoaded)
        {
            catalog.Loaded.Wait(cancellationToken);
            lookup = catalog.Find(name, out kafkaTopic);
        }

        reason = null;
        if (lookup == TopicLookup.Known)
        {
            return kafkaTopic;
        }

        var text = Encoding.UTF8.GetString(name);
        reason = creation == TopicCreation.All ? Create(text, cancellationToken) : null;
        if (creation == TopicCreation.All && reason is null && catalog.Find(name, out kafkaTopic) == TopicLookup.Known)
        {
            return kafkaTopic;
        }

        reason = reason is null ? $"unknown topic {text}" : $"unknown topic {text}: {reason}";
        return null;
    }

    private string? Create(string name, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(CreationTimeout);
        try
        {
            var errors = catalog.CreateMissingAsync([name], timeout.Token).GetAwaiter().GetResult();
            return errors.Count > 0 ? errors[0] : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "Kafka did not create it in time";
        }
    }
}
