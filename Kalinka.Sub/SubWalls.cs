using Kalinka.Common.Directory;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;

namespace Kalinka.Sub;

/// <summary>The foreign systems that the pipeline meets; the tests put their own in their place.</summary>
/// <param name="Consumer">Joins the group; its rebalances go to the handler.</param>
/// <param name="Producer">Of the dead letters.</param>
/// <param name="Catalog">Of the same cluster as the producer.</param>
internal sealed record SubWalls(
    Func<IAssignmentHandler, IRecordConsumer> Consumer,
    Func<IDeliveryReports, IRecordProducer> Producer,
    Func<IRecordProducer, ITopicCatalog> Catalog,
    IMqttConnector Connector,
    IClientDirectory Directory
) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => (Directory as IAsyncDisposable)?.DisposeAsync() ?? default;
}
