using Kalinka.Common.Mqtt;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Publishing;

/// <summary>What a broker is used for, from its coming to its leaving. The dispatcher's.</summary>
/// <param name="version">Which MQTT is spoken there; <see cref="Begin"/> says it anew.</param>
/// <param name="isKnown">False for a name that only the directory knows.</param>
internal sealed class BrokerService(MqttVersion version, bool isKnown)
{
    private Phase _phase = isKnown ? Phase.InService : Phase.Away;
    private long _retiredMs;

    public MqttVersion Version { get; private set; } = version;

    /// <summary>It is configured or announced, be it retired.</summary>
    public bool IsKnown => _phase != Phase.Away;

    /// <summary>Nothing is sent there, connected or not.</summary>
    public bool IsOver => _phase is Phase.Away or Phase.Retired;

    /// <summary>Retired, and nobody waits for it any more: who is there is absent.</summary>
    public bool IsRetired => _phase == Phase.Retired;

    public void Begin(MqttVersion spoken) => (_phase, Version) = (Phase.InService, spoken);

    /// <summary>What has come till now is still sent.</summary>
    public void Retire(long nowMs) => (_phase, _retiredMs) = (Phase.Retiring, nowMs);

    public void EndRetired() => _phase = Phase.Retired;

    /// <summary>It is withdrawn, or moves: what is for it waits, as for a broker that cannot be reached.</summary>
    public void Leave() => _phase = Phase.Away;

    /// <summary>Whether it is too late for a record to go there: its client has to appear elsewhere.</summary>
    public bool IsClosedTo(Delivery delivery) =>
        _phase == Phase.Retired || (_phase == Phase.Retiring && delivery.ArrivedMs > _retiredMs);

    private enum Phase
    {
        Away,
        InService,
        Retiring,
        Retired,
    }
}
