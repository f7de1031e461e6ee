using System.Text;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>Keeps the topics that it was given, and what else it was told.</summary>
internal sealed class RecordingObserver(params string[] filters) : ISeatObserver
{
    public List<string> Told { get; } = [];

    public List<string> Topics { get; } = [];

    public Exception? Throws { get; set; }

    public IReadOnlyList<ObservedFilter> Filters { get; } =
    [.. filters.Select(filter => new ObservedFilter(filter, 1))];

    public void OnSubscribed(ObservedFilter filter, MqttReasonCode? reason) =>
        Told.Add($"{filter.Text}: {(reason is null ? "not asked" : reason)}");

    public void OnConnected(IMqttConnection connection) => Told.Add("connected");

    public void OnMessage(in IncomingPublish publish)
    {
        Topics.Add(Encoding.UTF8.GetString(publish.Topic));
        if (Throws is not null)
        {
            throw Throws;
        }
    }

    public void OnClosed() => Told.Add("closed");
}
