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
/// <param name="ShowInstance">Shows the instance to the others until cancelled, where there is ZooKeeper.</param>
/// <param name="CloseDirectory">Ends the connections of the directory.</param>
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
    /// <summary>Begins to connect to the directory; Kafka and the brokers follow when they are asked for.</summary>
    /// <exception cref="KafkaFailureException">The Kafka properties make no client.</exception>
    public static SubWalls Of(SubOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        var clientId = $"kalinka-sub-{options.Instance}";
        var directory = Locations(options, clientId, loggers, time);
        directory.Start();
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
            directory.Clients,
            (report, stopping) =>
                directory.Ensemble is { } ensemble
                    ? Instance(ensemble, options, report, loggers, time).RunAsync(stopping)
                    : Task.CompletedTask,
            directory.DisposeAsync
        );
    }

    private static DirectorySession Locations(
        SubOptions options,
        string clientId,
        ILoggerFactory loggers,
        TimeProvider time
    ) =>
        options.Directory.Kind == DirectoryKind.Kafka
            ? new DirectorySession(options.Directory, options.Kafka, clientId, writes: false, time, loggers)
            : new DirectorySession(options.ZooKeeper!, time, loggers);

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
            options.ZooKeeper!.SessionTimeout,
            report,
            time,
            loggers.CreateLogger<InstanceZnode>()
        );
}
