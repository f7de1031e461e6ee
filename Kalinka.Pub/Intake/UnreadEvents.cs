using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>Stands for observers whose messages nobody wants any more: what their filters match is no record.</summary>
internal sealed class UnreadEvents(IEnumerable<string> filters) : ISeatObserver
{
    public IReadOnlyList<ObservedFilter> Filters { get; } =
    [.. filters.Select(filter => new ObservedFilter(filter, 1))];

    public void OnMessage(in IncomingPublish publish) { }
}
