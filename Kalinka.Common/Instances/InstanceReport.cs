using System.Text.Json;
using Kalinka.Common.Hosting;

namespace Kalinka.Common.Instances;

/// <summary>What an instance tells the others of itself.</summary>
/// <param name="Configuration">A hash that instances with the same configuration share.</param>
/// <param name="BrokersReached">The names of the brokers that it is connected to.</param>
public sealed record InstanceReport(
    string Version,
    string Configuration,
    bool KafkaReachable,
    IReadOnlyList<string> BrokersReached
)
{
    /// <summary>The names of the brokers that are retired and that this instance has nothing to do with any more.</summary>
    public IReadOnlyList<string> BrokersRetired { get; init; } = [];

    public static InstanceReport Of(DaemonStatus status, string configurationHash) =>
        new(
            ProductVersion.Text,
            configurationHash,
            status.Kafka.Reachable,
            [.. status.Brokers.Where(broker => broker.State == "connected").Select(broker => broker.Name)]
        )
        {
            BrokersRetired = [.. status.Brokers.Where(broker => broker.Retired == true).Select(broker => broker.Name)],
        };

    /// <summary>The same bytes for the same report; names are written in camel case.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);
}
