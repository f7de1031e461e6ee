using Kalinka.Common.Directory;
using Kalinka.Common.Instances;
using Kalinka.Common.Kafka;
using Kalinka.Common.Mqtt;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub;

/// <summary>The foreign systems that the pipeline meets; the tests put their own in their place.</summary>
/// <param name="Consumer">Joins the group; its rebalances go to the handler.</param>
/// <param name="Producer">Of the dead letters.</param>
/// <param name="Catalog">Of the same cluster as the producer.</param>
/// <param name="ShowInstance">Shows the instance to the others until cancelled.</param>
/// <param name="CloseDirectory">Ends the session with the ensemble.</param>
internal sealed record SubWalls(
    Func<IAssignmentHandler, IRecordConsumer> Consumer,
    Func<IDeliveryReports, IRecordProducer> Producer,
    Func<IRecordProducer, ITopicCatalog> Catalog,
    IMqttConnector Connector,
    ILocationDirectory Directory,
    Func<Func<InstanceReport>, CancellationToken, Task> ShowInstance,
    Func<ValueTask> CloseDirectory
)
{
    // Some 100 bytes each. A client that has fallen out is read again.
    private const int CachedClients = 500_000;

    /// <summary>Begins to connect to the ensemble; Kafka and the brokers follow when they are asked for.</summary>
    public static SubWalls Of(SubOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        var clientId = $"kalinka-sub-{options.Instance}";
        var ensemble = new ZooKeeperClient(options.ZooKeeper, time, loggers.CreateLogger<ZooKeeperClient>());
        var directory = new ZnodeDirectory(
            ensemble,
            options.ZooKeeper,
            CachedClients,
            keepDetails: false,
            time,
            loggers.CreateLogger<ZnodeDirectory>()
        );
        directory.Start();
        ensemble.Start();
        return new SubWalls(
            handler => new RecordConsumer(
                options.Kafka,
                clientId,
                handler,
                loggers.CreateLogger<RecordConsumer>(),
                time
            ),
            reports => new RecordProducer(
                options.Kafka,
                clientId,
                reports,
                loggers.CreateLogger<RecordProducer>(),
                time
            ),
            producer => new TopicCatalog(
                (RecordProducer)producer,
                options.Kafka,
                clientId,
                loggers.CreateLogger<TopicCatalog>()
            ),
            new MqttConnector(time, loggers.CreateLogger<MqttConnector>()),
            directory,
            (report, stopping) => Instance(ensemble, options, report, loggers, time).RunAsync(stopping),
            () => CloseAsync(directory, ensemble)
        );
    }

    private static InstanceZnode Instance(
        ZooKeeperClient ensemble,
        SubOptions options,
        Func<InstanceReport> report,
        ILoggerFactory loggers,
        TimeProvider time
    ) =>
        new(
            ensemble,
            "kalinka-sub",
            options.Instance,
            options.ZooKeeper.SessionTimeout,
            report,
            time,
            loggers.CreateLogger<InstanceZnode>()
        );

    private static async ValueTask CloseAsync(ZnodeDirectory directory, ZooKeeperClient ensemble)
    {
        await directory.DisposeAsync();
        await ensemble.CloseAsync();
    }
}
