#if compose

# ---------------------------------------------------------------- Docker Compose

need_compose() {
    if docker compose version >"$work/messages" 2>&1 </dev/null; then
        compose_tool="docker compose"
    elif docker-compose version >"$work/messages" 2>&1 </dev/null; then
        compose_tool=docker-compose
    else
        stop_here 4 "neither \"docker compose\" nor docker-compose works"
    fi
    say "  $compose_tool is there"
}

# Compose finds its files by itself where they are, with those that override them, which nobody has
# to have shown. Only other names are given to it.
compose() {
#@ compose_files
    if [ -n "$env_option" ]; then set -- --env-file "$env_option" "$@"; fi
    case $compose_dir in
    .) run_compose "$@" ;;
    *) (cd -- "$compose_dir" && run_compose "$@") ;;
    esac
}

# Whether Compose finds a file by itself where it is started, with the others before it.
is_found() {
    case $1 in
    */*) folder=${1%/*}; folder=${folder:-/} ;;
    *) folder=. ;;
    esac
    case ${1##*/} in
    compose.yaml | compose.yml | docker-compose.yml | docker-compose.yaml) ;;
    compose.override.yaml | compose.override.yml | docker-compose.override.yml | docker-compose.override.yaml) ;;
    *) return 1 ;;
    esac
    [ "$folder" = "${compose_dir:=$folder}" ]
}

run_compose() {
    case $compose_tool in
    docker-compose) docker-compose "$@" ;;
    *) docker compose "$@" ;;
    esac
}

#if recreate
# Compose leaves a container alone that is as the files say.
recreate() {
    compose up -d --no-deps "$1" </dev/null || stop_here 4 "the container of $1 could not be brought up"
    say "  the container of $1 is up"
}
#end
#end
